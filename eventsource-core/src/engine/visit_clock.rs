//! The time of a visit.

use std::time::{Duration, Instant};

use crate::values::Environment;

/// A visit takes so long at most, unless one commit takes longer.
const LONGEST: Duration = Duration::from_millis(50);
/// The clock is read once for so many events.
const BETWEEN_LOOKS: u32 = 16;

/// Says when the time of a visit is over.
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
            until: environment.instant() + LONGEST,
            is_late: false,
            visited: 0,
        }
    }

    /// Counts an event.
    pub(super) fn count(&mut self) {
        self.visited += 1;
        if self.visited.is_multiple_of(BETWEEN_LOOKS) {
            self.is_late = self.environment.instant() >= self.until;
        }
    }

    pub(super) const fn is_late(&self) -> bool {
        self.is_late
    }
}
