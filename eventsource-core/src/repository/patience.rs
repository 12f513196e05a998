//! Pauses while the store is busy.

use std::time::{Duration, Instant};

use crate::values::Environment;
use crate::values::environment::{deadline, sleep};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How long a busy store is asked again.
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

    /// Pauses before the next attempt. Returns `false` if the time is up, which counts from the first
    /// call.
    pub(super) async fn pause(&mut self, environment: &dyn Environment) -> bool {
        let now = environment.instant();
        let limit = self.limit;
        let ends = *self.ends.get_or_insert_with(|| deadline(now, limit));
        let pause = self.pause.min(ends.saturating_duration_since(now));
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        if pause.is_zero() {
            return false;
        }
        sleep(environment, pause).await;
        true
    }
}
