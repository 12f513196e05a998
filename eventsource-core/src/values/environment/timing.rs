//! Timers of an environment.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Sleep;

use super::{Environment, Lane};
use crate::panic;

/// Waits for a duration.
pub(crate) async fn sleep(environment: &dyn Environment, duration: Duration) {
    let until = environment.instant() + duration;
    environment.sleep_until(until).await;
}

/// Waits for a future for at most `limit`. Returns `None` when the time is up.
pub(crate) async fn timeout<T>(
    environment: &dyn Environment,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let mut future = pin!(future);
    // Most futures are ready, and need no timer.
    if let Poll::Ready(value) = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
    {
        return Some(value);
    }
    let ends = deadline(environment.instant(), limit);
    timeout_at(environment, ends, future).await
}

/// The instant `after` a duration from now; a year from now, if the clock cannot express it.
pub(crate) fn deadline(now: Instant, after: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    now.checked_add(after).unwrap_or(now + YEAR)
}

/// Waits for a future until an instant. Returns `None` when the time is up.
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

/// A timer of the current runtime. Tokio reports only by a panic that a runtime has no timer.
fn timer(instant: Instant) -> Option<Sleep> {
    Handle::try_current().ok()?;
    panic::caught(|| tokio::time::sleep_until(instant.into())).ok()
}
