//! Panics of a projection's code, which are errors like others.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use super::ProjectionError;
use crate::environment::panic_message as message;
use crate::projection::BoxError;
use crate::{BoxFuture, Position};

/// What the work comes to.
pub(super) async fn contained<T>(
    mut work: BoxFuture<'_, Result<T, ProjectionError>>,
    after: Position,
) -> Result<T, ProjectionError> {
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|panic| {
            let message = message(&*panic);
            Poll::Ready(Err(ProjectionError::Panicked { after, message }))
        })
    })
    .await
}

/// The same, where errors are the user's own.
pub(super) async fn caught_in<T>(
    mut future: BoxFuture<'_, Result<T, BoxError>>,
) -> Result<T, BoxError> {
    poll_fn(
        |context| match caught(|| Ok(future.as_mut().poll(context))) {
            Ok(polled) => polled.map_err(told),
            Err(panic) => Poll::Ready(Err(panic)),
        },
    )
    .await
}

/// What a call comes to. What it was changing is of no use after a panic.
pub(super) fn caught<T>(call: impl FnOnce() -> Result<T, BoxError>) -> Result<T, BoxError> {
    let called = catch_unwind(AssertUnwindSafe(call));
    let called =
        called.unwrap_or_else(|panic| Err(format!("it panicked: {}", message(&*panic)).into()));
    called.map_err(told)
}

/// An error that can be told to people: its own text is the user's code, too.
fn told(error: BoxError) -> BoxError {
    let text = catch_unwind(AssertUnwindSafe(|| error.to_string()));
    match text {
        Ok(_) => error,
        Err(panic) => format!("it failed, and its error panicked: {}", message(&*panic)).into(),
    }
}

/// The same of a call that tells more of its errors.
pub(super) fn guarded<T>(
    call: impl FnOnce() -> Result<T, ProjectionError>,
) -> Result<T, ProjectionError> {
    let called = catch_unwind(AssertUnwindSafe(call));
    called.unwrap_or_else(|panic| {
        let (after, message) = (Position::START, message(&*panic));
        Err(ProjectionError::Panicked { after, message })
    })
}
