//! Futures that are dropped before they answer.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio::task::unconstrained;

/// A future in a box, as stores and repositories answer with.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Polls a future at most so often, each time when it asks to be polled, and drops it where that
/// was not enough; with 0 it is never begun.
pub async fn drop_after<T>(polls: usize, mut future: Boxed<'_, T>) -> Option<T> {
    let mut left = polls;
    // The runtime's budget would let a poll do nothing.
    unconstrained(poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }))
    .await
}

/// Polls a future once. Tells whether it is still without an answer.
pub async fn begin<T>(future: &mut Boxed<'_, T>) -> bool {
    let begun = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
    unconstrained(begun).await.is_pending()
}
