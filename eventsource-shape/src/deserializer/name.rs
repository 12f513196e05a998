//! The name of a field or of a variant.

use serde::de::{IntoDeserializer, value::StrDeserializer};

/// The deserializer of a name. It has `serde_json`'s error, because types are compiled with that one
/// already.
pub(super) type Name<'n> = StrDeserializer<'n, serde_json::Error>;

pub(super) fn name(name: &str) -> Name<'_> {
    name.into_deserializer()
}
