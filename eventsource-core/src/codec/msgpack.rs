//! `MessagePack`, structs as maps.

mod depth;

use rmp_serde::decode::Error;
use serde::{Serialize, de::DeserializeSeed};

use super::{Content, without_values};

/// The largest nesting depth, the same as that of JSON. A deeper payload could overflow the stack of a
/// thread.
const MAX_DEPTH: usize = 128;

pub(super) fn write<T: Serialize>(event: &T, is_variant: bool) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(128);
    let mut msgpack = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
    event
        .serialize(Content::new(&mut msgpack, is_variant))
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

pub(super) fn read<'de, S: DeserializeSeed<'de>>(
    payload: &'de [u8],
    seed: S,
    each: &mut dyn FnMut(S::Value),
) -> Result<(), String> {
    // The decoder's own limit does not count enums.
    if depth::exceeds(payload, MAX_DEPTH) {
        return Err(format!("it is nested deeper than {MAX_DEPTH}"));
    }
    let mut rest = payload;
    let mut msgpack = rmp_serde::Deserializer::new(&mut rest);
    let event = seed.deserialize(&mut msgpack);
    let event = event.map_err(|error| describe_error(&error))?;
    if !rest.is_empty() {
        return Err(format!("{} trailing bytes", rest.len()));
    }
    each(event);
    Ok(())
}

fn describe_error(error: &Error) -> String {
    match error {
        Error::Syntax(message) | Error::Uncategorized(message) => without_values(message),
        // The marker in the message contains the length of a text.
        Error::TypeMismatch(_) => "a value is not one of its type".to_owned(),
        error => error.to_string(),
    }
}
