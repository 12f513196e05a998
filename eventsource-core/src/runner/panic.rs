//! Panics of a user's code, as errors.

use std::future::poll_fn;
use std::task::Poll;

use super::ProjectionError;
use crate::future::BoxFuture;
use crate::panic;
use crate::projection::{BoxError, ensure_printable};
use crate::values::Position;

/// Turns a panic into [`ProjectionError::Panicked`] with the position of the last event `after` which
/// it happened.
pub(super) async fn catch_panic<T>(
    mut future: BoxFuture<'_, Result<T, ProjectionError>>,
    after: Position,
) -> Result<T, ProjectionError> {
    poll_fn(|context| {
        panic::caught(|| future.as_mut().poll(context)).unwrap_or_else(|message| {
            Poll::Ready(Err(ProjectionError::Panicked { after, message }))
        })
    })
    .await
}

/// Turns a panic into the text that `describe` makes of its message, and makes errors of the user
/// [printable](ensure_printable).
pub(super) async fn catch_user_panic<T>(
    mut future: BoxFuture<'_, Result<T, BoxError>>,
    describe: impl Fn(String) -> String,
) -> Result<T, BoxError> {
    poll_fn(
        |context| match panic::caught(|| future.as_mut().poll(context)) {
            Ok(polled) => polled.map_err(ensure_printable),
            Err(message) => Poll::Ready(Err(describe(message).into())),
        },
    )
    .await
}
