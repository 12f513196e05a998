//! The progress of a model, by whichever runner writes it.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::read_model::Progress;
use crate::values::Position;

/// The writer of a model, and the time since which the model is at its position.
#[derive(Debug, Default)]
pub(super) struct Observation {
    owner: Option<Uuid>,
    position: Position,
    /// `None` if no event waits.
    since: Option<Instant>,
    takeovers: u32,
}

impl Observation {
    /// Records the position of the model, and its writer.
    pub(super) fn record(&mut self, progress: &Progress, head: Position, now: Instant) {
        let position = progress.checkpoint.at.position();
        let owner = progress.lease.as_ref().map(|lease| lease.owner);
        let is_taken_over = owner.is_some() && self.owner.is_some() && self.owner != owner;
        self.owner = owner.or(self.owner);
        if position != self.position || position.offset() >= head.offset() {
            self.takeovers = 0;
            self.since = (position.offset() < head.offset()).then_some(now);
        } else {
            self.takeovers += u32::from(is_taken_over);
            self.since.get_or_insert(now);
        }
        self.position = position;
    }

    /// The number of takeovers at this position while events waited.
    pub(super) fn takeovers(&self) -> u32 {
        self.takeovers
    }

    /// The time for which the model has been at its position while events waited.
    pub(super) fn stalled_for(&self, now: Instant) -> Duration {
        self.since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}
