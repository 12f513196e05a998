//! Errors and panics of a projection's code.

use super::row::BoxError;
use crate::panic;
use crate::values::error_text::with_causes;

/// The outcome of a call of a projection's code, whose panics are errors like others. A value that the
/// call was changing must not be used after an error.
pub(crate) fn caught<T>(call: impl FnOnce() -> Result<T, BoxError>) -> Result<T, BoxError> {
    let called = panic::caught(call);
    let called = called.unwrap_or_else(|message| Err(format!("it panicked: {message}").into()));
    called.map_err(printable)
}

/// An error that can be printed: its text is the user's code, too.
pub(crate) fn printable(error: BoxError) -> BoxError {
    match panic::caught(|| with_causes(&*error)) {
        Ok(_) => error,
        Err(message) => format!("it failed, and its error panicked: {message}").into(),
    }
}
