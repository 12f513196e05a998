//! Encoding an event to be stored.

use super::AnyEvent;
use super::set::EventSet;
use crate::codec::{Codec, EncodeError, PayloadContext};
use crate::panic;
use crate::store::NewEvent;
use crate::values::StreamId;

/// Encodes an event, and decodes it again. The decoded event has to be equal, and is returned too.
pub(crate) fn encode<S: EventSet>(
    stream: &StreamId,
    codec: Codec,
    event: &S,
) -> Result<(NewEvent, S), EncodeError> {
    panic::caught(|| encode_and_check(stream, codec, event)).unwrap_or_else(|message| {
        let name = event.event_type().name.to_owned();
        Err(EncodeError::Panicked { name, message })
    })
}

fn encode_and_check<S: EventSet>(
    stream: &StreamId,
    codec: Codec,
    event: &S,
) -> Result<(NewEvent, S), EncodeError> {
    let event_type = event.event_type();
    let (name, version) = (event_type.name, event_type.version);
    let context = PayloadContext::new(stream, name, version, codec);
    let payload = AnyEvent::encode(event, &context)?;
    let decoded = decode_again(&context, &payload, event)?;
    let mut tags = Vec::new();
    AnyEvent::tags(event, &mut |tag| tags.push(tag));
    let new = NewEvent::new(stream.clone(), name, version, codec, payload);
    Ok((new.tagged(tags), decoded))
}

fn decode_again<S: EventSet>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    event: &S,
) -> Result<S, EncodeError> {
    let mut parts = Vec::with_capacity(1);
    let read = S::decode(context, payload, &mut |part| parts.push(part));
    let reason = match (read, parts.pop()) {
        (Ok(()), Some(decoded)) if parts.is_empty() && decoded == *event => return Ok(decoded),
        (Ok(()), _) => "it was read back as another event".to_owned(),
        (Err(error), _) => error.to_string(),
    };
    Err(EncodeError::Unreadable {
        name: context.name.to_owned(),
        reason,
    })
}
