//! Steps, and where their rows are.

use crate::values::Position;

/// The effect of one step on one row.
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

/// The steps of a row, in order.
pub(in super::super) fn of_row(
    steps: &[PlacedStep],
    row: usize,
) -> impl Iterator<Item = &PlacedStep> {
    steps.iter().filter(move |step| step.row == row)
}
