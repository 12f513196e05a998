//! Panics in the code of users, as errors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::{DecodeError, EventSet, PayloadContext, StreamId};

/// Calls code of the user. If it panics, the error is the text of the panic.
///
/// A value that the call was changing must not be used after an error.
pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| message(&*panic))
}

/// Reads an event. A panic of its `Deserialize` or of its upcast is a [`DecodeError`]; the outer
/// error is the panic of `each`.
pub(crate) fn decode<E: EventSet>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    mut each: impl FnMut(E),
) -> Result<Result<(), DecodeError>, Box<dyn Any + Send>> {
    let mut is_handed_over = false;
    let read = catch_unwind(AssertUnwindSafe(|| {
        E::decode(context, payload, &mut |event| {
            is_handed_over = true;
            each(event);
            is_handed_over = false;
        })
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
    context: &PayloadContext<'_>,
    payload: &[u8],
    each: impl FnMut(E),
) -> Result<(), DecodeError> {
    decode(context, payload, each).unwrap_or_else(|panic| resume_unwind(panic))
}

/// The reason that is kept of a panic over a stored event.
pub(crate) fn over(stream: &StreamId, version: u64, message: &str) -> String {
    format!("it panicked: {message} (stream {stream}, version {version})")
}

/// The text that code panicked with.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
        .to_owned()
}
