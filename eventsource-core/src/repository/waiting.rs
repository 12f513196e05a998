//! Waits that end.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::values::Environment;
use crate::values::environment::{sleep, timeout_at};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Waits for a future, but no longer than `limit`.
pub(super) async fn within<T>(
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
    let ends = later(environment.instant(), limit);
    timeout_at(environment, ends, future).await
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
    pub(super) async fn pause(&mut self, environment: &dyn Environment) -> bool {
        let now = environment.instant();
        let limit = self.limit;
        let ends = *self.ends.get_or_insert_with(|| later(now, limit));
        let pause = self.pause.min(ends.saturating_duration_since(now));
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        if pause.is_zero() {
            return false;
        }
        sleep(environment, pause).await;
        true
    }
}

/// An instant that may be too far in the future to be one.
fn later(now: Instant, after: Duration) -> Instant {
    const YEAR: Duration = Duration::from_hours(365 * 24);
    now.checked_add(after).unwrap_or(now + YEAR)
}
