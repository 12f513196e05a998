//! Decoding an event, with panics of its code as errors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::payload_codec::unknown_name;
use super::set::EventSet;
use crate::codec::{DecodeError, PayloadContext};
use crate::values::StreamId;

/// Decodes an event by its index in the set, if it is in the set. A panic of its `Deserialize` or of its
/// upcast is a [`DecodeError`]. The outer error is a panic of `each`.
pub(crate) fn decode<E: EventSet>(
    index: Option<usize>,
    context: &PayloadContext<'_>,
    payload: &[u8],
    mut each: impl FnMut(E),
) -> Result<Result<(), DecodeError>, Box<dyn Any + Send>> {
    let mut is_in_callback = false;
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut each = |event| {
            is_in_callback = true;
            each(event);
            is_in_callback = false;
        };
        match index {
            Some(index) => E::decode_at(index, context, payload, &mut each),
            None => unknown_name(context),
        }
    }));
    match read {
        Err(panic) if is_in_callback => Err(panic),
        Err(panic) => {
            let code = "its `Deserialize` or its upcast";
            Ok(Err(DecodeError::panicked(context, code, &*panic)))
        }
        Ok(read) => Ok(read),
    }
}

/// Decodes an event, as [`decode`] does. A panic of `each` continues.
pub(crate) fn decode_for<E: EventSet>(
    index: Option<usize>,
    context: &PayloadContext<'_>,
    payload: &[u8],
    each: impl FnMut(E),
) -> Result<(), DecodeError> {
    decode(index, context, payload, each).unwrap_or_else(|panic| resume_unwind(panic))
}

/// The text of a panic over a stored event, for an error or a parked event.
pub(crate) fn panic_reason(stream: &StreamId, version: u64, message: &str) -> String {
    format!("it panicked: {message} (stream {stream}, version {version})")
}
