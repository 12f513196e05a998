//! Codecs: events as bytes.
//!
//! # Example
//!
//! A payload is encoded and decoded in a [`PayloadContext`], which the errors name:
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use eventsource_core::codec::{DecodeError, EncodeError, PayloadContext};
//! use eventsource_core::event::{AnyEvent, Event};
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{Codec, StreamId, event};
//!
//! #[event]
//! struct ItemAdded {
//!     sku: String,
//! }
//!
//! let cart = StreamId::new("cart", Uuid::nil());
//! let context = PayloadContext::new(&cart, ItemAdded::NAME, ItemAdded::VERSION, Codec::Json);
//! let tea = ItemAdded { sku: "tea".into() };
//! let payload = tea.encode(&context)?;
//! assert_eq!(payload, br#"{"sku":"tea"}"#);
//!
//! let mut decoded = Vec::new();
//! <ItemAdded as Event>::decode(&context, &payload, &mut |event| decoded.push(event))?;
//! assert_eq!(decoded, [tea]);
//!
//! let error = <ItemAdded as Event>::decode(&context, b"{}", &mut |_| {}).unwrap_err();
//! assert!(matches!(error, DecodeError::Payload { .. }));
//!
//! // JSON has no objects whose keys are pairs.
//! #[event]
//! struct SeatsTaken {
//!     seats: BTreeMap<(u8, u8), String>,
//! }
//!
//! let taken = SeatsTaken { seats: BTreeMap::from([((1, 2), "ann".into())]) };
//! let error = taken.encode(&context).unwrap_err();
//! assert!(matches!(error, EncodeError::Payload { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod content;
mod error;
#[cfg(feature = "messagepack")]
mod msgpack;

use std::fmt;

use serde::{Serialize, de::DeserializeSeed};

use crate::values::StreamId;
use content::Content;
pub(crate) use content::{Event, VariantAt};

/// The format of a payload. It is stored with each event, so that one store can contain events in both
/// codecs.
///
/// ```
/// use eventsource_core::Codec;
///
/// assert_eq!(Codec::from_name("msgpack"), Some(Codec::MessagePack));
/// assert_eq!(Codec::default().name(), "json");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias("serialization", "serializer"))]
pub enum Codec {
    /// JSON: readable by people.
    #[default]
    Json,
    /// `MessagePack`, structs as maps: smaller and faster. Needs the feature `messagepack`.
    MessagePack,
}

impl Codec {
    /// The name of the codec in stores.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "msgpack",
        }
    }

    /// The codec with this name in stores.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Json, Self::MessagePack]
            .into_iter()
            .find(|codec| codec.name() == name)
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The context of a payload that is encoded or decoded.
///
/// [Example](crate::codec#example).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PayloadContext<'a> {
    /// The stream of the event.
    pub stream: &'a StreamId,
    /// The stored name of the event.
    pub name: &'a str,
    /// The version of the payload.
    pub schema: u32,
    /// The codec of the payload.
    pub codec: Codec,
}

impl<'a> PayloadContext<'a> {
    /// Creates the context of one event.
    #[must_use]
    pub const fn new(stream: &'a StreamId, name: &'a str, schema: u32, codec: Codec) -> Self {
        Self {
            stream,
            name,
            schema,
            codec,
        }
    }
}

/// Encodes the fields of an event: of a struct, or of a variant without the variant's name.
pub(crate) fn encode<T: Serialize>(
    context: &PayloadContext<'_>,
    event: &T,
    is_variant: bool,
) -> Result<Vec<u8>, EncodeError> {
    let written = match context.codec {
        Codec::Json => json::write(event, is_variant),
        Codec::MessagePack => msgpack::write(event, is_variant),
    };
    written.map_err(|message| EncodeError::Payload {
        name: context.name.to_owned(),
        message,
    })
}

/// Decodes the fields of an event by `seed`, and calls `each` with the event.
///
/// The event is not returned, because each layer of results would move it.
#[inline]
pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(
    context: &PayloadContext<'_>,
    payload: &'de [u8],
    seed: S,
    each: &mut dyn FnMut(S::Value),
) -> Result<(), DecodeError> {
    let read = match context.codec {
        Codec::Json => json::read(payload, seed, each),
        Codec::MessagePack => msgpack::read(payload, seed, each),
    };
    read.map_err(|message| does_not_fit(context, message))
}

#[cold]
fn does_not_fit(context: &PayloadContext<'_>, message: String) -> DecodeError {
    DecodeError::Payload {
        name: context.name.to_owned(),
        schema: context.schema,
        codec: context.codec,
        message,
    }
}

/// Removes values of the payload from an error message, since they may be personal data. serde quotes
/// unexpected input, and a `Deserialize` written by hand may quote any value. Of serde's messages with a
/// quote, the kind and the expected type remain (`invalid type: string "Ann", expected u32` becomes
/// `invalid type, expected u32`). A message that is not from serde is replaced.
fn without_values(message: &str) -> String {
    const QUOTING: [&str; 5] = [
        "invalid type",
        "invalid value",
        "invalid length",
        "unknown field",
        "unknown variant",
    ];
    const NAMING: [&str; 3] = [
        "missing field `",
        "duplicate field `",
        "data did not match any variant of untagged enum ",
    ];
    if let Some(kind) = QUOTING.iter().find(|kind| message.starts_with(**kind)) {
        let expected = message.rfind(", expected ").unwrap_or(message.len());
        return format!("{kind}{}", &message[expected..]);
    }
    if NAMING.iter().any(|kind| message.starts_with(kind)) {
        return message.to_owned();
    }
    "a value is not one of its type".to_owned()
}

pub use error::{DecodeError, EncodeError};
/// The message of a JSON error, without values of the JSON.
pub(crate) use json::describe_error as describe_json_error;

mod json {
    use serde_json::error::Category;

    use super::{Content, DeserializeSeed, Serialize, without_values};

    pub(super) fn write<T: Serialize>(event: &T, is_variant: bool) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::with_capacity(128);
        let mut json = serde_json::Serializer::new(&mut bytes);
        event
            .serialize(Content::new(&mut json, is_variant))
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    #[inline]
    pub(super) fn read<'de, S: DeserializeSeed<'de>>(
        payload: &'de [u8],
        seed: S,
        each: &mut dyn FnMut(S::Value),
    ) -> Result<(), String> {
        let mut json = serde_json::Deserializer::from_slice(payload);
        // `?` and `map_err` would move the event.
        match seed.deserialize(&mut json) {
            Ok(event) => match json.end() {
                Ok(()) => {
                    each(event);
                    Ok(())
                }
                Err(error) => Err(describe_error(&error)),
            },
            Err(error) => Err(describe_error(&error)),
        }
    }

    #[cold]
    pub(crate) fn describe_error(error: &serde_json::Error) -> String {
        match error.classify() {
            Category::Data => without_values(&error.to_string()),
            _ => error.to_string(),
        }
    }
}

#[cfg(not(feature = "messagepack"))]
mod msgpack {
    use super::{DeserializeSeed, Serialize};

    const DISABLED: &str = "this program was built without MessagePack; enable the feature `messagepack` of eventsource-core";

    pub(super) fn write<T: Serialize>(_: &T, _: bool) -> Result<Vec<u8>, String> {
        Err(DISABLED.to_owned())
    }

    pub(super) fn read<'de, S: DeserializeSeed<'de>>(
        _: &'de [u8],
        _: S,
        _: &mut dyn FnMut(S::Value),
    ) -> Result<(), String> {
        Err(DISABLED.to_owned())
    }
}
