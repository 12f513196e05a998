//! Rows that fail, which wait as they were before.

use std::sync::Arc;

use super::super::failure::{Broken, Failure, Fault};
use super::{Buffer, Changed, PlacedStep, of_row};
use crate::projection::Rows;
use crate::read_model::{Parking, ReadModelError};
use crate::values::Position;

/// The row waits with its steps from this turn on.
pub(super) struct BlockedRow {
    turn: usize,
    fault: Fault,
}

impl<R: Rows + ?Sized> Buffer<R> {
    /// Whether the row of the step waits with it.
    pub(super) fn waits(&self, step: &PlacedStep) -> bool {
        let blocked = || self.blocked.get(&step.row);
        !self.blocked.is_empty() && blocked().is_some_and(|blocked| blocked.turn <= step.turn)
    }

    /// The row before the event that made it one that cannot be written.
    pub(super) fn last_writable(
        &mut self,
        row: usize,
        fault: Fault,
        steps: &[PlacedStep],
    ) -> Result<Option<Arc<str>>, Broken> {
        if self.is_ahead {
            // The event may be one of an earlier batch.
            return Err(self.failure(row, 0, Position::START, fault));
        }
        if let Some((turn, fault)) = self.first_unwritable(row, steps)? {
            self.fail(row, turn, fault, steps)?;
        }
        // If it still cannot, the projection does not do the same each time.
        self.write(row).map_err(|fault| {
            let broken = self.failure(row, 0, Position::START, fault);
            Broken::Stop(broken.into_error(&self.table.name))
        })
    }

    fn first_unwritable(
        &mut self,
        row: usize,
        steps: &[PlacedStep],
    ) -> Result<Option<(usize, Fault)>, ReadModelError> {
        self.reset(row)?;
        let mut own = of_row(steps, row).peekable();
        while let Some(step) = own.next() {
            if self.waits(step) {
                break;
            }
            let mut taken = self.take(step);
            if own.peek().is_none_or(|next| next.turn != step.turn) {
                taken = taken.and_then(|()| self.write(row).map(drop));
            }
            if let Err(fault) = taken {
                return Ok(Some((step.turn, fault)));
            }
        }
        Ok(None)
    }

    /// Lets a row wait from a turn on, as it was before; or gives up.
    pub(super) fn fail(
        &mut self,
        row: usize,
        turn: usize,
        fault: Fault,
        steps: &[PlacedStep],
    ) -> Result<(), Broken> {
        if self.parks && !self.is_ahead {
            return Ok(self.block(row, turn, fault, steps)?);
        }
        let at = steps.iter().find(|step| step.turn == turn);
        let at = at.map(|step| step.at).unwrap_or_default();
        Err(self.failure(row, turn, at, fault))
    }

    fn failure(&self, row: usize, turn: usize, at: Position, fault: Fault) -> Broken {
        Broken::Failure(Failure {
            turn,
            at,
            key: self.rows[row].key.clone(),
            fault,
        })
    }

    /// Lets a row wait from a turn on, as it was before that.
    fn block(
        &mut self,
        row: usize,
        mut turn: usize,
        mut fault: Fault,
        steps: &[PlacedStep],
    ) -> Result<(), ReadModelError> {
        'again: loop {
            self.blocked.insert(row, BlockedRow { turn, fault });
            self.reset(row)?;
            for step in of_row(steps, row) {
                if !self.waits(step)
                    && let Err(earlier) = self.take(step)
                {
                    (turn, fault) = (step.turn, earlier);
                    continue 'again;
                }
            }
            return Ok(());
        }
    }

    /// Lets a changed row wait with all its steps, for a fault of a projection that follows it.
    pub(in super::super) fn block_whole(
        &mut self,
        changed: &Changed,
        fault: Fault,
        steps: &[PlacedStep],
    ) -> Result<(), ReadModelError> {
        let first = of_row(steps, changed.row).next();
        let turn = first.map_or(0, |step| step.turn);
        self.block(changed.row, turn, fault, steps)
    }

    /// The events that wait from now on.
    pub(in super::super) fn parking(&self, steps: &[PlacedStep]) -> Vec<Parking> {
        let mut parking = Vec::new();
        if self.blocked.is_empty() {
            return parking;
        }
        for row in &self.touched {
            let Some(blocked) = self.blocked.get(row) else {
                continue;
            };
            let own = of_row(steps, *row);
            let mut turns: Vec<_> = own
                .filter(|step| self.waits(step))
                .map(|step| (step.turn, step.at))
                .collect();
            turns.dedup_by_key(|(turn, _)| *turn);
            parking.extend(turns.into_iter().map(|(turn, position)| {
                let key = self.rows[*row].key.clone();
                if turn == blocked.turn {
                    Parking::failed(key, position, blocked.fault.reason())
                } else {
                    Parking::Queued { key, position }
                }
            }));
        }
        parking
    }
}
