//! A model as a runner sees it, whoever writes it.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::read_model::Progress;
use crate::values::Position;

/// Who writes a model, and since when it stands where it stands.
#[derive(Debug, Default)]
pub(super) struct Observation {
    owner: Option<Uuid>,
    position: Position,
    /// `None` if no event waits.
    since: Option<Instant>,
    takeovers: u32,
}

impl Observation {
    /// Notes how far the model is, and who writes it.
    pub(super) fn note(&mut self, progress: &Progress, head: Position, now: Instant) {
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

    /// How often it has changed hands at its position while events waited.
    pub(super) fn takeovers(&self) -> u32 {
        self.takeovers
    }

    /// For how long it has stood at its position while events waited.
    pub(super) fn stood_for(&self, now: Instant) -> Duration {
        self.since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}
