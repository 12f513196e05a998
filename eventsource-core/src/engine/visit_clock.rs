//! The time limit of a visit.

use std::time::{Duration, Instant};

use crate::values::Environment;

/// The time limit of a visit. A commit that takes longer is finished.
const LIMIT: Duration = Duration::from_millis(50);
/// The clock is read once for this many events.
const EVENTS_PER_CHECK: u32 = 16;

/// Decides when the time of a visit is over.
pub(super) struct VisitClock<'v> {
    environment: &'v dyn Environment,
    until: Instant,
    is_late: bool,
    visited: u32,
}

impl<'v> VisitClock<'v> {
    pub(super) fn new(environment: &'v dyn Environment) -> Self {
        Self {
            environment,
            until: environment.instant() + LIMIT,
            is_late: false,
            visited: 0,
        }
    }

    /// Counts an event.
    pub(super) fn count(&mut self) {
        self.visited += 1;
        if self.visited.is_multiple_of(EVENTS_PER_CHECK) {
            self.is_late = self.environment.instant() >= self.until;
        }
    }

    pub(super) const fn is_late(&self) -> bool {
        self.is_late
    }
}
