//! Waiting for a while.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Sleep;

use super::{Environment, Lane};
use crate::panic;

/// Waits for so long.
pub(crate) async fn sleep(environment: &dyn Environment, duration: Duration) {
    let until = environment.instant() + duration;
    environment.sleep_until(until).await;
}

/// What a future comes to, unless that takes longer than until this instant.
pub(crate) async fn timeout_at<T>(
    environment: &dyn Environment,
    until: Instant,
    future: impl Future<Output = T>,
) -> Option<T> {
    let (mut future, mut end) = (pin!(future), environment.sleep_until(until));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Sleeps on the runtime that polls this, or in the background lane where that has no timer.
pub(super) async fn sleep_until(instant: Instant) {
    if let Some(sleep) = timer(instant) {
        return sleep.await;
    }
    let (done, slept) = oneshot::channel();
    Lane::Background.spawn(Box::pin(async move {
        tokio::time::sleep_until(instant.into()).await;
        let _ = done.send(());
    }));
    let _ = slept.await;
}

/// A timer of the current runtime. Tokio says only by a panic that a runtime has none.
fn timer(instant: Instant) -> Option<Sleep> {
    Handle::try_current().ok()?;
    panic::caught(|| tokio::time::sleep_until(instant.into())).ok()
}
