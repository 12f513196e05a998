//! Events as bytes.

mod content;
mod error;
#[cfg(feature = "messagepack")]
mod msgpack;

use std::fmt;

use serde::{Serialize, de::DeserializeSeed};

use crate::values::StreamId;
use content::Content;
pub(crate) use content::{Event, VariantAt};

/// How a payload is written. Each stored event says which one it used, so that a store can hold
/// both.
///
/// ```
/// use eventsource_core::Codec;
///
/// assert_eq!(Codec::from_name("msgpack"), Some(Codec::MessagePack));
/// assert_eq!(Codec::default().name(), "json");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// JSON: people can read it.
    #[default]
    Json,
    /// `MessagePack`, structs as maps: smaller and faster. Needs the feature `messagepack`.
    MessagePack,
}

impl Codec {
    /// What a store calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "msgpack",
        }
    }

    /// The codec that a store calls so.
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

/// What is known of a payload while it is written or read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PayloadContext<'a> {
    /// The stream of the event.
    pub stream: &'a StreamId,
    /// The stored name of the event.
    pub name: &'a str,
    /// The version of the payload.
    pub schema: u32,
    /// How the payload is written.
    pub codec: Codec,
}

impl<'a> PayloadContext<'a> {
    /// The context of one event.
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

/// Writes the fields of an event: of a struct, or of a variant without the variant's name.
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

/// Reads the fields of an event, and hands what `seed` makes of them to `each`.
///
/// The event is not returned, because it would be moved from result to result.
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

/// serde quotes what it did not expect, and whoever writes a `Deserialize` by hand may quote
/// anything. That is a value of the payload, and may be personal. So of the messages that quote,
/// what was expected is left (`invalid type: string "Ann", expected u32` is told as `invalid type,
/// expected u32`), and of those that serde does not write itself, nothing.
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
/// Why JSON could not be read, without values of it.
pub(crate) use json::tell as tell_json;

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
        // With `?` or `map_err` the event would be moved each time.
        match seed.deserialize(&mut json) {
            Ok(event) => match json.end() {
                Ok(()) => {
                    each(event);
                    Ok(())
                }
                Err(error) => Err(tell(&error)),
            },
            Err(error) => Err(tell(&error)),
        }
    }

    #[cold]
    pub(crate) fn tell(error: &serde_json::Error) -> String {
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
