//! Beginning what is awaited later.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::task::unconstrained;

use crate::BoxFuture;

/// Polls a future once, so that it begins. Tells its answer, after which it must not be polled
/// again, if it has one already.
pub(super) async fn poll_once<T>(future: &mut BoxFuture<'_, T>) -> Option<T> {
    // The runtime's budget would let a poll do nothing.
    let mut future = pin!(unconstrained(future));
    let begun = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
    match begun.await {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}
