//! The name of a field or of a variant.

use serde::de::{IntoDeserializer, value::StrDeserializer};

/// Reads it. What is made of a name is compiled already, with the error of JSON.
pub(super) type Name<'n> = StrDeserializer<'n, serde_json::Error>;

pub(super) fn name(name: &str) -> Name<'_> {
    name.into_deserializer()
}
