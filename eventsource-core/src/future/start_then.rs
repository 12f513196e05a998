//! Doing something else while a future is under way.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::task::unconstrained;

use super::boxed::BoxFuture;

/// Awaits a future. Once it was polled for the first time, `meanwhile` is called, with the result if
/// the future is ready already.
pub(crate) async fn start_then<T>(
    mut future: BoxFuture<'_, T>,
    meanwhile: impl FnOnce(Option<&T>),
) -> T {
    let mut meanwhile = Some(meanwhile);
    poll_fn(|context| {
        let Some(meanwhile) = meanwhile.take() else {
            return future.as_mut().poll(context);
        };
        // With tokio's budget used up, the first poll might not start the future.
        let first = pin!(unconstrained(&mut future)).poll(context);
        match &first {
            Poll::Ready(result) => meanwhile(Some(result)),
            Poll::Pending => meanwhile(None),
        }
        first
    })
    .await
}
