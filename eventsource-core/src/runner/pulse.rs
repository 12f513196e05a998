//! Seeing from outside that nothing runs a runner any more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Health;
use crate::values::Environment;
use crate::values::environment::TaskHandle;

/// So long a runner may be silent. Its watchdog is there twice a second.
const LONGEST: Duration = Duration::from_secs(5);

/// When a runner was last active. Its own tasks note it, and whoever asks for its health compares
/// it with the present: a runner that nothing polls cannot say so itself.
#[derive(Clone, Debug)]
pub(super) struct Pulse {
    environment: Arc<dyn Environment>,
    last: Arc<Mutex<Instant>>,
}

impl Pulse {
    pub(super) fn new(environment: Arc<dyn Environment>) -> Self {
        let last = Arc::new(Mutex::new(environment.instant()));
        Self { environment, last }
    }

    /// Notes that the runner is active.
    pub(super) fn note(&self) {
        let now = self.environment.instant();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Whether something still runs the task that notes it.
    pub(super) fn health(&self, task: &TaskHandle) -> Health {
        if task.has_ended() {
            let reason = "nothing runs the projections any more: their runtime has ended";
            return Health::Failing(reason.to_owned());
        }
        let silent = self.silent_for();
        if silent < LONGEST {
            return Health::Healthy;
        }
        let seconds = silent.as_secs();
        Health::Failing(format!(
            "nothing has polled the runner for {seconds} s: its runtime is blocked, or nothing drives it"
        ))
    }

    fn silent_for(&self) -> Duration {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.environment.instant().saturating_duration_since(last)
    }
}
