//! Rows that failed. Their failed and later inputs wait, and the row stays as it was before these.

use std::sync::Arc;

use super::{ChangedRow, FoldError, PlacedStep, RowFailure, RowFault, RowFold};
use crate::projection::Rows;
use crate::read_model::{Parking, ReadModelError};
use crate::values::Position;

/// The first input of a row that failed. This input and the later ones of the row wait.
pub(super) struct BlockedRow {
    input: usize,
    fault: RowFault,
}

impl<R: Rows + ?Sized> RowFold<R> {
    /// Whether the step waits, since its row is blocked.
    pub(super) fn is_blocked(&self, step: &PlacedStep) -> bool {
        let blocked = || self.blocked.get(&step.row);
        !self.blocked.is_empty() && blocked().is_some_and(|blocked| blocked.input <= step.input)
    }

    /// Blocks a row that cannot be written, and returns it as it was before the input that made it so.
    pub(super) fn last_writable(
        &mut self,
        row: usize,
        fault: RowFault,
    ) -> Result<Option<Arc<str>>, FoldError> {
        if self.is_ahead {
            // The input may be in an earlier batch.
            return Err(self.failure(row, 0, Position::START, fault));
        }
        if let Some((input, fault)) = self.first_unwritable(row)? {
            self.fail(row, input, fault)?;
        }
        // If it still cannot be written, the projection is not deterministic.
        self.to_json(row).map_err(|fault| {
            let failure = self.failure(row, 0, Position::START, fault);
            FoldError::Stop(failure.into_error(&self.table.name))
        })
    }

    fn first_unwritable(
        &mut self,
        row: usize,
    ) -> Result<Option<(usize, RowFault)>, ReadModelError> {
        self.reset(row)?;
        let steps = self.steps_of(row);
        for (index, step) in steps.iter().enumerate() {
            if self.is_blocked(step) {
                break;
            }
            let mut applied = self.apply_step(step);
            let next = steps.get(index + 1);
            if next.is_none_or(|next| next.input != step.input) {
                applied = applied.and_then(|()| self.to_json(row).map(drop));
            }
            if let Err(fault) = applied {
                return Ok(Some((step.input, fault)));
            }
        }
        Ok(None)
    }

    /// Blocks a row from an input on. The failure is an error if the fold does not park, or is ahead.
    pub(super) fn fail(
        &mut self,
        row: usize,
        input: usize,
        fault: RowFault,
    ) -> Result<(), FoldError> {
        if self.parks && !self.is_ahead {
            return Ok(self.block(row, input, fault)?);
        }
        let step = self.steps.iter().find(|step| step.input == input);
        let at = step.map(|step| step.at).unwrap_or_default();
        Err(self.failure(row, input, at, fault))
    }

    fn failure(&self, row: usize, input: usize, at: Position, fault: RowFault) -> FoldError {
        FoldError::Row(RowFailure {
            input,
            at,
            key: self.rows[row].key.clone(),
            fault,
        })
    }

    /// Blocks a row from an input on, or from an earlier one that fails when it is applied again.
    fn block(
        &mut self,
        row: usize,
        mut input: usize,
        mut fault: RowFault,
    ) -> Result<(), ReadModelError> {
        let steps = self.steps_of(row);
        'again: loop {
            self.blocked.insert(row, BlockedRow { input, fault });
            self.reset(row)?;
            for step in &steps {
                if !self.is_blocked(step)
                    && let Err(earlier) = self.apply_step(step)
                {
                    (input, fault) = (step.input, earlier);
                    continue 'again;
                }
            }
            return Ok(());
        }
    }

    /// Blocks all inputs of a changed row, which a projection that follows it has failed on.
    pub(in super::super) fn block_changed(
        &mut self,
        changed: &ChangedRow,
        fault: RowFault,
    ) -> Result<(), ReadModelError> {
        let first = self.steps.iter().find(|step| step.row == changed.row);
        let input = first.map_or(0, |step| step.input);
        self.block(changed.row, input, fault)
    }

    /// The events that wait from now on.
    pub(in super::super) fn parking(&self) -> Vec<Parking> {
        let mut parking = Vec::new();
        if self.blocked.is_empty() {
            return parking;
        }
        for row in &self.touched {
            let Some(blocked) = self.blocked.get(row) else {
                continue;
            };
            let mut waiting = self.steps_of(*row);
            waiting.retain(|step| self.is_blocked(step));
            waiting.dedup_by_key(|step| step.input);
            parking.extend(waiting.into_iter().map(|step| {
                let key = self.rows[*row].key.clone();
                if step.input == blocked.input {
                    Parking::failed(key, step.at, blocked.fault.reason())
                } else {
                    let position = step.at;
                    Parking::Queued { key, position }
                }
            }));
        }
        parking
    }

    fn steps_of(&self, row: usize) -> Vec<PlacedStep> {
        let steps = self.steps.iter().filter(|step| step.row == row);
        steps.copied().collect()
    }
}
