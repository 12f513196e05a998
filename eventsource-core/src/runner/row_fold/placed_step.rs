//! A step with its row.

use crate::values::Position;

/// The effect of one step on one row.
#[derive(Clone, Copy)]
pub(super) struct PlacedStep {
    /// The number of the event, or of the changed row, in its batch. The steps of one input on a row are
    /// applied all or none.
    pub(super) input: usize,
    pub(super) at: Position,
    /// The number of the step in the batch.
    pub(super) number: usize,
    /// The number of the row in the fold.
    pub(super) row: usize,
}
