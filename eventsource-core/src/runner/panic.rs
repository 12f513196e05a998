//! Panics of a projection's code, which are errors like others.

use std::future::poll_fn;
use std::task::Poll;

use super::ProjectionError;
use crate::future::BoxFuture;
use crate::panic;
use crate::projection::{BoxError, printable};
use crate::values::Position;

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
            Ok(polled) => polled.map_err(printable),
            Err(message) => Poll::Ready(Err(panicked(message).into())),
        },
    )
    .await
}
