//! Waits that end.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};

use crate::panic;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Waits for a future, but no longer than `limit`. Outside of a runtime with a timer there is no
/// limit.
pub(super) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    // Most futures are ready, and need no timer.
    if let Poll::Ready(value) = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
    {
        return Some(value);
    }
    let Some(timer) = timer(limit) else {
        return Some(future.await);
    };
    let mut timer = pin!(timer);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => timer.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// How long a decision is made again while the store is busy.
pub(super) struct Patience {
    limit: Duration,
    ends: Option<Instant>,
    pause: Duration,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            ends: None,
            pause: FIRST_PAUSE,
        }
    }

    /// Waits a little; the answer is whether there was patience left for it. It is counted from the
    /// first call on.
    pub(super) async fn pause(&mut self) -> bool {
        let now = Instant::now();
        let limit = self.limit;
        let ends = *self.ends.get_or_insert_with(|| later(now, limit));
        let pause = self.pause.min(ends.saturating_duration_since(now));
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        match timer(pause) {
            Some(timer) if !pause.is_zero() => timer.await,
            _ => return false,
        }
        true
    }
}

/// An instant that may be too far in the future to be one.
fn later(now: Instant, after: Duration) -> Instant {
    const YEAR: Duration = Duration::from_hours(365 * 24);
    now.checked_add(after).unwrap_or(now + YEAR)
}

/// A timer, where there is a runtime that has one. (Tokio only says so by a panic.)
fn timer(duration: Duration) -> Option<Sleep> {
    Handle::try_current().ok()?;
    panic::caught(|| tokio::time::sleep(duration)).ok()
}
