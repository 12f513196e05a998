//! `MessagePack`, structs as maps.

mod depth;

use rmp_serde::decode::Error;
use serde::{Serialize, de::DeserializeOwned};

use super::{Content, ContentOf, without_values};

/// As deep as JSON goes. A thread has room for more, but not for what a payload could ask for.
const MAX_DEPTH: usize = 128;

pub(super) fn write<T: Serialize>(event: &T, is_variant: bool) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(128);
    let mut msgpack = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
    event
        .serialize(Content::new(&mut msgpack, is_variant))
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

pub(super) fn read<T: DeserializeOwned>(payload: &[u8], variant: Option<u32>) -> Result<T, String> {
    // The decoder's own limit does not count enums.
    if depth::exceeds(payload, MAX_DEPTH) {
        return Err(format!("it is nested deeper than {MAX_DEPTH}"));
    }
    let mut rest = payload;
    let mut msgpack = rmp_serde::Deserializer::new(&mut rest);
    let event = T::deserialize(ContentOf {
        variant,
        inner: &mut msgpack,
    });
    match event {
        Ok(_) if !rest.is_empty() => Err(format!("{} trailing bytes", rest.len())),
        event => event.map_err(|error| tell(&error)),
    }
}

fn tell(error: &Error) -> String {
    match error {
        Error::Syntax(message) | Error::Uncategorized(message) => without_values(message),
        // A marker tells how long a text is.
        Error::TypeMismatch(_) => "a value is not one of its type".to_owned(),
        error => error.to_string(),
    }
}
