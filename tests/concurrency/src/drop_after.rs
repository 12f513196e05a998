//! Drops futures before they complete.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio::task::unconstrained;

/// A boxed future, as stores and repositories return it.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Polls a future at most `polls` times, each time when it wakes, and drops it if it has not completed
/// by then. With 0 the future is never polled.
pub async fn drop_after<T>(polls: usize, mut future: Boxed<'_, T>) -> Option<T> {
    let mut left = polls;
    // With the budget of the runtime, a poll could do nothing.
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

/// Polls a future once and returns whether it is pending.
pub async fn begin<T>(future: &mut Boxed<'_, T>) -> bool {
    let begun = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
    unconstrained(begun).await.is_pending()
}
