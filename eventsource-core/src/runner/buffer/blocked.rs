//! Rows that fail, which wait as they were before.

use std::sync::Arc;

use super::super::failure::{Broken, Failure, Fault};
use super::{Buffer, Changed, PlacedStep, PlacedSteps};
use crate::projection::Projection;
use crate::read_model::{Parking, ReadModelError};
use crate::values::Position;

/// The row waits with its steps from this turn on.
pub(super) struct BlockedRow {
    turn: usize,
    fault: Fault,
}

impl<P: Projection> Buffer<P> {
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
        steps: &PlacedSteps<P>,
    ) -> Result<Option<Arc<str>>, Broken> {
        if self.is_ahead {
            // The event may be one of an earlier batch.
            return Err(self.failure(row, 0, Position::START, fault));
        }
        if let Some((turn, fault)) = self.first_unwritable(row, steps)? {
            self.fail(row, turn, fault, steps)?;
        }
        // If it still cannot, the projection does not do the same each time.
        self.rows[row].write().map_err(|fault| {
            let broken = self.failure(row, 0, Position::START, fault);
            Broken::Stop(broken.into_error(&self.table.name))
        })
    }

    fn first_unwritable(
        &mut self,
        row: usize,
        steps: &PlacedSteps<P>,
    ) -> Result<Option<(usize, Fault)>, ReadModelError> {
        self.rows[row].reset(&self.table)?;
        let mut own = steps.of_row(row).peekable();
        while let Some(step) = own.next() {
            if self.waits(step) {
                break;
            }
            let state = &mut self.rows[row];
            let mut taken = state.take(&steps.all, step.number, step.at);
            if own.peek().is_none_or(|next| next.turn != step.turn) {
                taken = taken.and_then(|()| state.write().map(drop));
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
        steps: &PlacedSteps<P>,
    ) -> Result<(), Broken> {
        if self.parks && !self.is_ahead {
            return Ok(self.block(row, turn, fault, steps)?);
        }
        let at = steps.placed.iter().find(|step| step.turn == turn);
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
        steps: &PlacedSteps<P>,
    ) -> Result<(), ReadModelError> {
        'again: loop {
            self.blocked.insert(row, BlockedRow { turn, fault });
            self.rows[row].reset(&self.table)?;
            for step in steps.of_row(row) {
                if !self.waits(step)
                    && let Err(earlier) = self.rows[row].take(&steps.all, step.number, step.at)
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
        steps: &PlacedSteps<P>,
    ) -> Result<(), ReadModelError> {
        let first = steps.of_row(changed.row).next();
        let turn = first.map_or(0, |step| step.turn);
        self.block(changed.row, turn, fault, steps)
    }

    /// The events that wait from now on.
    pub(in super::super) fn parking(&self, steps: &PlacedSteps<P>) -> Vec<Parking> {
        let mut parking = Vec::new();
        if self.blocked.is_empty() {
            return parking;
        }
        for row in &self.touched {
            let Some(blocked) = self.blocked.get(row) else {
                continue;
            };
            let own = steps.of_row(*row);
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
