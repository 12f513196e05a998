//! Bytes as text in base64: `#[serde(with = "eventsource_core::base64")]`, on a field of type
//! `Vec<u8>` or `Option<Vec<u8>>`.
//!
//! JSON has no bytes, and serde writes a `Vec<u8>` as a list of numbers, which takes up to four
//! times as many bytes and is slow to read. In base64 it takes a third more than the bytes. (It is
//! the standard alphabet of RFC 4648 with padding.) In `MessagePack`, which has bytes, it is bytes.
//!
//! ```
//! use eventsource_core::event;
//!
//! #[event]
//! struct Signed {
//!     #[serde(with = "eventsource_core::base64")]
//!     signature: Vec<u8>,
//!     #[serde(default, with = "eventsource_core::base64")] // `default`, since it may be missing
//!     seal: Option<Vec<u8>>,
//! }
//!
//! let signed = Signed { signature: vec![0xca, 0xfe], seal: None };
//! let json = serde_json::to_string(&signed)?;
//! assert_eq!(json, r#"{"signature":"yv4=","seal":null}"#);
//! assert_eq!(serde_json::from_str::<Signed>(&json)?, signed);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! The two functions also work on their own, with any serializer:
//!
//! ```
//! use eventsource_core::base64::{self, Bytes};
//! use serde_json::Value;
//!
//! fn to_json<B: Bytes>(bytes: &B) -> Result<Value, serde_json::Error> {
//!     base64::serialize(bytes, serde_json::value::Serializer)
//! }
//!
//! let json = to_json(&vec![0xca, 0xfe])?;
//! assert_eq!(json, "yv4=");
//! let bytes: Vec<u8> = base64::deserialize(json)?;
//! assert_eq!(bytes, [0xca, 0xfe]);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes bytes.
///
/// [Example](crate::base64).
///
/// # Errors
///
/// What the serializer answers.
pub fn serialize<B: Bytes, S: Serializer>(bytes: &B, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.write(serializer)
}

/// Reads bytes.
///
/// [Example](crate::base64).
///
/// # Errors
///
/// What the deserializer answers, and where a text is not in base64.
pub fn deserialize<'de, B: Bytes, D: Deserializer<'de>>(deserializer: D) -> Result<B, D::Error> {
    B::read(deserializer)
}

/// Types that this module writes and reads: `Vec<u8>` and `Option<Vec<u8>>`.
///
/// [Example](crate::base64).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written in base64",
    label = "neither `Vec<u8>` nor `Option<Vec<u8>>`"
)]
pub trait Bytes: sealed::Bytes {}

impl<B: sealed::Bytes> Bytes for B {}

mod sealed {
    use super::{Base64, Deserialize, Deserializer, Serialize, Serializer};

    pub trait Bytes: Sized {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    }

    impl Bytes for Vec<u8> {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Base64(self).serialize(serializer)
        }

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Base64::deserialize(deserializer).map(|Base64(bytes)| bytes)
        }
    }

    impl Bytes for Option<Vec<u8>> {
        fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.as_ref().map(Base64).serialize(serializer)
        }

        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let bytes = Option::<Base64<Vec<u8>>>::deserialize(deserializer)?;
            Ok(bytes.map(|Base64(bytes)| bytes))
        }
    }
}

/// Bytes that serde writes and reads as this module does.
struct Base64<B>(B);

impl Serialize for Base64<&Vec<u8>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&STANDARD.encode(self.0))
        } else {
            serializer.serialize_bytes(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Base64<Vec<u8>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = if deserializer.is_human_readable() {
            deserializer.deserialize_str(BytesVisitor)
        } else {
            deserializer.deserialize_byte_buf(BytesVisitor)
        };
        bytes.map(Base64)
    }
}

/// Takes both, because serde says of a value that it has buffered that it is readable.
struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in base64")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        // The error of the library quotes the text, and so would serde.
        let unexpected = Unexpected::Other("another text");
        STANDARD
            .decode(text)
            .map_err(|_| E::invalid_value(unexpected, &self))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}
