//! Panics of a projection's code, which are errors like others.

use std::future::poll_fn;
use std::task::Poll;

use super::ProjectionError;
use crate::future::BoxFuture;
use crate::panic;
use crate::projection::BoxError;
use crate::values::Position;
use crate::values::error_text::with_causes;

/// What the work comes to.
pub(super) async fn contained<T>(
    mut work: BoxFuture<'_, Result<T, ProjectionError>>,
    after: Position,
) -> Result<T, ProjectionError> {
    poll_fn(|context| {
        panic::caught(|| work.as_mut().poll(context)).unwrap_or_else(|message| {
            Poll::Ready(Err(ProjectionError::Panicked { after, message }))
        })
    })
    .await
}

/// The same, where errors are the user's own. A panic is the error that `panicked` makes of it.
pub(super) async fn caught_in<T>(
    mut future: BoxFuture<'_, Result<T, BoxError>>,
    panicked: impl Fn(String) -> String,
) -> Result<T, BoxError> {
    poll_fn(
        |context| match panic::caught(|| future.as_mut().poll(context)) {
            Ok(polled) => polled.map_err(told),
            Err(message) => Poll::Ready(Err(panicked(message).into())),
        },
    )
    .await
}

/// What a call comes to. What it was changing is of no use after a panic.
pub(super) fn caught<T>(call: impl FnOnce() -> Result<T, BoxError>) -> Result<T, BoxError> {
    let called = panic::caught(call);
    let called = called.unwrap_or_else(|message| Err(format!("it panicked: {message}").into()));
    called.map_err(told)
}

/// An error that can be told to people: its own text is the user's code, too.
fn told(error: BoxError) -> BoxError {
    match panic::caught(|| with_causes(&*error)) {
        Ok(_) => error,
        Err(message) => format!("it failed, and its error panicked: {message}").into(),
    }
}

/// The same of a call that tells more of its errors.
pub(super) fn guarded<T>(
    call: impl FnOnce() -> Result<T, ProjectionError>,
) -> Result<T, ProjectionError> {
    panic::caught(call).unwrap_or_else(|message| {
        let after = Position::START;
        Err(ProjectionError::Panicked { after, message })
    })
}
