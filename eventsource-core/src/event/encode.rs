//! Events on their way into a store.

use super::AnyEvent;
use super::set::EventSet;
use crate::codec::{Codec, EncodeError, PayloadContext};
use crate::panic;
use crate::store::NewEvent;
use crate::values::StreamId;

/// An event as it is stored, and as it comes back, which has to be the same.
pub(crate) fn encode<S: EventSet>(
    stream: &StreamId,
    codec: Codec,
    event: &S,
) -> Result<(NewEvent, S), EncodeError> {
    panic::caught(|| write(stream, codec, event)).unwrap_or_else(|message| {
        let name = event.event_type().name.to_owned();
        Err(EncodeError::Panicked { name, message })
    })
}

fn write<S: EventSet>(
    stream: &StreamId,
    codec: Codec,
    event: &S,
) -> Result<(NewEvent, S), EncodeError> {
    let event_type = event.event_type();
    let (name, version) = (event_type.name, event_type.version);
    let context = PayloadContext::new(stream, name, version, codec);
    let payload = AnyEvent::encode(event, &context)?;
    let back = read_back(&context, &payload, event)?;
    let mut tags = Vec::new();
    AnyEvent::tags(event, &mut |tag| tags.push(tag));
    let new = NewEvent::new(stream.clone(), name, version, codec, payload);
    Ok((new.tagged(tags), back))
}

fn read_back<S: EventSet>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    event: &S,
) -> Result<S, EncodeError> {
    let mut parts = Vec::with_capacity(1);
    let read = S::decode(context, payload, &mut |part| parts.push(part));
    let reason = match (read, parts.pop()) {
        (Ok(()), Some(back)) if parts.is_empty() && back == *event => return Ok(back),
        (Ok(()), _) => "another event came back".to_owned(),
        (Err(error), _) => error.to_string(),
    };
    Err(EncodeError::Unreadable {
        name: context.name.to_owned(),
        reason,
    })
}
