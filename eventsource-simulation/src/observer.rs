//! Hands what happens to the checkers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::checkers::{Checker, Violation};
use crate::observation::{Moment, Observation};
use crate::process_id::ProcessId;
use crate::timeline::Timeline;
use crate::trace::Trace;
use crate::world::World;

/// Hands what happens in a run to the checkers, and keeps what they find first.
pub(crate) struct Observer {
    state: Mutex<State>,
    failed: Notify,
}

#[derive(Default)]
struct State {
    checkers: Vec<Box<dyn Checker>>,
    violation: Option<Violation>,
    counts: BTreeMap<&'static str, u64>,
    trace: Option<Trace>,
    timeline: Option<Timeline>,
    calls: u64,
}

impl Observer {
    pub(crate) fn new(
        checkers: Vec<Box<dyn Checker>>,
        keeps_trace: bool,
        keeps_timeline: bool,
    ) -> Self {
        let state = State {
            checkers,
            trace: keeps_trace.then(Trace::default),
            timeline: keeps_timeline.then(Timeline::default),
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            failed: Notify::new(),
        }
    }

    /// Shows the world to each checker.
    pub(crate) fn begin(&self, world: &Arc<World>) {
        let mut state = self.state();
        state.checkers.iter_mut().for_each(|it| it.begin(world));
    }

    /// Shows a moment to each checker.
    pub(crate) fn observe(&self, elapsed: Duration, process: ProcessId, seen: &Observation<'_>) {
        let moment = Moment { elapsed, process };
        let mut state = self.state();
        let State {
            checkers,
            violation,
            timeline,
            ..
        } = &mut *state;
        if let Some(timeline) = timeline {
            timeline.observe(moment, seen);
        }
        for checker in checkers {
            if let Err(message) = checker.observe(moment, seen) {
                let checker = checker.name();
                violation.get_or_insert_with(|| Violation::new(checker, elapsed, message));
                self.failed.notify_one();
            }
        }
    }

    /// Says that something is wrong which no checker looks at.
    pub(crate) fn fail(&self, elapsed: Duration, checker: &'static str, message: String) {
        let mut state = self.state();
        let found = || Violation::new(checker, elapsed, message);
        state.violation.get_or_insert_with(found);
        self.failed.notify_one();
    }

    /// Waits until something is wrong.
    pub(crate) async fn failed(&self) {
        self.failed.notified().await;
    }

    pub(crate) fn violation(&self) -> Option<Violation> {
        self.state().violation.clone()
    }

    /// The checkers, at the end of the run.
    pub(crate) fn take_checkers(&self) -> Vec<Box<dyn Checker>> {
        std::mem::take(&mut self.state().checkers)
    }

    pub(crate) fn count(&self, what: &'static str) {
        *self.state().counts.entry(what).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.state().counts.clone()
    }

    /// Notes a call of the store.
    pub(crate) fn call(&self, at: Duration, process: ProcessId, name: &'static str, detail: u64) {
        let mut state = self.state();
        state.calls += 1;
        if let Some(trace) = &mut state.trace {
            trace.note(at, process, name, detail);
        }
    }

    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    pub(crate) fn take_trace(&self) -> Trace {
        self.state().trace.take().unwrap_or_default()
    }

    /// Adds a line to the timeline, if one is kept.
    pub(crate) fn note(
        &self,
        elapsed: Duration,
        process: ProcessId,
        line: impl FnOnce() -> String,
    ) {
        if let Some(timeline) = &mut self.state().timeline {
            timeline.note(elapsed, process, line());
        }
    }

    pub(crate) fn take_timeline(&self) -> Timeline {
        self.state().timeline.take().unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}
