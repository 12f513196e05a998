//! Reading an event, whatever its code does.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::payload_codec::unknown_name;
use super::set::EventSet;
use crate::codec::{DecodeError, PayloadContext};
use crate::values::StreamId;

/// Reads an event that is at this place of the set, if it is in the set. A panic of its `Deserialize`
/// or of its upcast is a [`DecodeError`]; the outer error is the panic of `each`.
pub(crate) fn decode<E: EventSet>(
    index: Option<usize>,
    context: &PayloadContext<'_>,
    payload: &[u8],
    mut each: impl FnMut(E),
) -> Result<Result<(), DecodeError>, Box<dyn Any + Send>> {
    let mut is_handed_over = false;
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut each = |event| {
            is_handed_over = true;
            each(event);
            is_handed_over = false;
        };
        match index {
            Some(index) => E::decode_at(index, context, payload, &mut each),
            None => unknown_name(context),
        }
    }));
    match read {
        Err(panic) if is_handed_over => Err(panic),
        Err(panic) => {
            let code = "its `Deserialize` or its upcast";
            Ok(Err(DecodeError::panicked(context, code, &*panic)))
        }
        Ok(read) => Ok(read),
    }
}

/// Reads an event, as [`decode`] does. A panic of `each` continues.
pub(crate) fn decode_for<E: EventSet>(
    index: Option<usize>,
    context: &PayloadContext<'_>,
    payload: &[u8],
    each: impl FnMut(E),
) -> Result<(), DecodeError> {
    decode(index, context, payload, each).unwrap_or_else(|panic| resume_unwind(panic))
}

/// The reason that is kept of a panic over a stored event.
pub(crate) fn over(stream: &StreamId, version: u64, message: &str) -> String {
    format!("it panicked: {message} (stream {stream}, version {version})")
}
