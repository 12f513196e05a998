//! Noticing from outside that nothing polls a runner any more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Health;
use crate::values::Environment;
use crate::values::environment::TaskHandle;

/// The silence after which a runner is reported. Its watchdog calls twice a second.
const MAX_SILENCE: Duration = Duration::from_secs(5);

/// The time at which a runner was last active. The watchdog of the runner records it, and a request for
/// the health compares it with the present: a runner that nothing polls cannot report itself.
#[derive(Clone, Debug)]
pub(super) struct Liveness {
    environment: Arc<dyn Environment>,
    last: Arc<Mutex<Instant>>,
}

impl Liveness {
    pub(super) fn new(environment: Arc<dyn Environment>) -> Self {
        let last = Arc::new(Mutex::new(environment.instant()));
        Self { environment, last }
    }

    /// Records that the runner is active.
    pub(super) fn record(&self) {
        let now = self.environment.instant();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Whether something still polls the watchdog.
    pub(super) fn health(&self, watchdog: &TaskHandle) -> Health {
        if watchdog.has_ended() {
            let reason = "nothing runs the projections any more: their runtime has ended";
            return Health::Failing(reason.to_owned());
        }
        let silence = self.silence();
        if silence < MAX_SILENCE {
            return Health::Healthy;
        }
        let seconds = silence.as_secs();
        Health::Failing(format!(
            "nothing has polled the runner for {seconds} s: its runtime is blocked, or nothing drives it"
        ))
    }

    fn silence(&self) -> Duration {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.environment.instant().saturating_duration_since(last)
    }
}
