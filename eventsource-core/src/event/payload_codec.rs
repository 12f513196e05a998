//! The functions that generated code calls to encode and decode events.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

use super::AnyEvent;
use crate::codec::{self, DecodeError, EncodeError, PayloadContext};
use crate::values::{Tag, TagValue};

/// Encodes the fields of a variant.
///
/// # Errors
///
/// If the event cannot be encoded.
pub fn encode<T: Serialize>(
    context: &PayloadContext<'_>,
    event: &T,
) -> Result<Vec<u8>, EncodeError> {
    codec::encode(context, event, true)
}

/// Decodes an event whose type describes only version `known`.
///
/// # Errors
///
/// If the payload has another version, or does not fit the type.
#[inline]
pub fn decode_struct<E: DeserializeOwned>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    known: u32,
    each: &mut dyn FnMut(E),
) -> Result<(), DecodeError> {
    check_version(context, known)?;
    codec::decode(context, payload, codec::Event(PhantomData), each)
}

/// Decodes a variant by its index, in version `known` only.
///
/// # Errors
///
/// If the payload has another version, or does not fit the type.
#[inline]
pub fn decode_variant<S: DeserializeOwned>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    known: u32,
    index: u32,
    each: &mut dyn FnMut(S),
) -> Result<(), DecodeError> {
    check_version(context, known)?;
    codec::decode(context, payload, codec::VariantAt(index, PhantomData), each)
}

/// Decodes an earlier version by `decode`, and checks that the result is the variant `name`.
///
/// # Errors
///
/// If the event cannot be decoded, or its upcast leads to another variant.
pub fn upcast_variant<S: AnyEvent>(
    name: &'static str,
    each: &mut dyn FnMut(S),
    decode: impl FnOnce(&mut dyn FnMut(S)) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut events = Vec::with_capacity(1);
    decode(&mut |event| events.push(event))?;
    let other = events
        .iter()
        .map(|event| event.event_type().name)
        .find(|became| *became != name);
    if let Some(became) = other {
        let (name, became) = (name.to_owned(), became.to_owned());
        return Err(DecodeError::OtherEvent { name, became });
    }
    events.into_iter().for_each(each);
    Ok(())
}

/// Returns the error of a name that is not in the set.
///
/// # Errors
///
/// Always.
#[cold]
pub fn unknown_name(context: &PayloadContext<'_>) -> Result<(), DecodeError> {
    Err(DecodeError::UnknownName {
        name: context.name.to_owned(),
    })
}

/// Calls `tag` with the tag `key:value`, if there is a value.
pub fn tag(key: &str, value: &(impl TagValue + ?Sized), tag: &mut dyn FnMut(Tag)) {
    if let Some(value) = value.tag_value() {
        tag(Tag::new(key, value));
    }
}

/// Calls `tag` with each computed tag.
pub fn tags(computed: impl IntoIterator<Item = Tag>, tag: &mut dyn FnMut(Tag)) {
    computed.into_iter().for_each(tag);
}

#[inline]
fn check_version(context: &PayloadContext<'_>, known: u32) -> Result<(), DecodeError> {
    if context.schema == known {
        Ok(())
    } else {
        Err(other_version(context, known))
    }
}

#[cold]
fn other_version(context: &PayloadContext<'_>, known: u32) -> DecodeError {
    let (name, stored) = (context.name.to_owned(), context.schema);
    if stored < known {
        DecodeError::UnknownVersion { name, stored }
    } else {
        DecodeError::FromTheFuture {
            name,
            stored,
            known,
        }
    }
}
