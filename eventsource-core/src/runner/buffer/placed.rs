//! Steps, and where their rows are.

use crate::projection::Steps;
use crate::values::Position;

/// The steps of a batch, and for each of their keys the row.
pub(in super::super) struct PlacedSteps<P> {
    pub(in super::super) all: Steps<P>,
    pub(in super::super) placed: Vec<PlacedStep>,
}

/// What one step is to one row.
pub(in super::super) struct PlacedStep {
    /// The number of its event, or of its changed row, in the batch: what has the same number is
    /// taken as a whole or not at all.
    pub(in super::super) turn: usize,
    pub(in super::super) at: Position,
    /// The number of the step.
    pub(super) number: usize,
    /// The number of the row in the buffer.
    pub(super) row: usize,
}

impl<P> PlacedSteps<P> {
    /// The steps of a row, in order.
    pub(super) fn of_row(&self, row: usize) -> impl Iterator<Item = &PlacedStep> {
        self.placed.iter().filter(move |step| step.row == row)
    }

    /// Forgets the steps, and keeps their memory for the next batch.
    pub(in super::super) fn clear(&mut self) {
        self.all.clear();
        self.placed.clear();
    }
}

impl<P> Default for PlacedSteps<P> {
    fn default() -> Self {
        Self {
            all: Steps::default(),
            placed: Vec::new(),
        }
    }
}
