//! A future that ends early.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Runs a future to its end, or until another one has ended, which is polled first.
pub(super) async fn unless<T>(
    ends: impl Future<Output = ()>,
    runs: impl Future<Output = T>,
) -> Option<T> {
    let (mut ends, mut runs) = (pin!(ends), pin!(runs));
    poll_fn(|context| match ends.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => runs.as_mut().poll(context).map(Some),
    })
    .await
}
