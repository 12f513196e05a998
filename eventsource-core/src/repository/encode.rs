//! Events on their way into a store.

use crate::{AnyEvent, Codec, EncodeError, EventSet, NewEvent, PayloadContext, StreamId};

/// An event as it is stored, after a look whether it comes back as it is.
pub(super) fn encode<S: EventSet>(
    stream: &StreamId,
    codec: Codec,
    event: &S,
) -> Result<NewEvent, EncodeError> {
    let event_type = event.event_type();
    let context = PayloadContext::new(stream, event_type.name, event_type.version, codec);
    let payload = AnyEvent::encode(event, &context)?;
    check_readable(&context, &payload, event)?;
    let mut tags = Vec::new();
    AnyEvent::tags(event, &mut |tag| tags.push(tag));
    let new = NewEvent::new(
        stream.clone(),
        event_type.name,
        event_type.version,
        codec,
        payload,
    );
    Ok(new.tagged(tags))
}

fn check_readable<S: EventSet>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    event: &S,
) -> Result<(), EncodeError> {
    let (mut same, mut parts) = (true, 0);
    let read = S::decode(context, payload, &mut |back| {
        same &= back == *event;
        parts += 1;
    });
    let reason = match read {
        Ok(()) if same && parts == 1 => return Ok(()),
        Ok(()) => "another event came back".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(EncodeError::Unreadable {
        name: context.name.to_owned(),
        reason,
    })
}
