//! Rows that fail, which wait as they were before.

use std::sync::Arc;

use super::super::failure::{Broken, Failure, Fault};
use super::super::row_state::Stuck;
use super::{Buffer, Changed, Placed};
use crate::projection::Projection;
use crate::read_model::{Parking, ReadModelError};
use crate::values::Position;

impl<P: Projection> Buffer<P> {
    /// The row before the event that made it one that cannot be written.
    pub(super) fn last_writable(
        &mut self,
        row: usize,
        steps: &mut [Placed<P>],
    ) -> Result<Option<Arc<str>>, Broken> {
        if let Some((turn, fault)) = self.first_unwritable(row, steps)? {
            self.fail(row, turn, fault, steps)?;
        }
        // If it still cannot, the projection does not do the same each time.
        let held = &self.rows[row];
        held.write().map_err(|fault| {
            let (turn, at, key) = (0, Position::START, held.key.clone());
            let failure = Failure {
                turn,
                at,
                key,
                fault,
            };
            Broken::Stop(failure.into_error(&self.table.name))
        })
    }

    fn first_unwritable(
        &mut self,
        row: usize,
        steps: &mut [Placed<P>],
    ) -> Result<Option<(usize, Fault)>, ReadModelError> {
        let held = &mut self.rows[row];
        held.reset(&self.table)?;
        let mut own = steps
            .iter_mut()
            .filter(|it| it.rows.contains(&row))
            .peekable();
        while let Some(Placed { turn, step, .. }) = own.next() {
            if held.waits(*turn) {
                break;
            }
            let mut taken = held.take(step);
            if own.peek().is_none_or(|next| next.turn != *turn) {
                taken = taken.and_then(|()| held.write().map(drop));
            }
            if let Err(fault) = taken {
                return Ok(Some((*turn, fault)));
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
        steps: &mut [Placed<P>],
    ) -> Result<(), Broken> {
        if self.parks {
            return Ok(self.stick(row, turn, fault, steps)?);
        }
        let at = steps.iter().find(|step| step.turn == turn);
        Err(Broken::Failure(Failure {
            turn,
            at: at.map(|step| step.step.at).unwrap_or_default(),
            key: self.rows[row].key.clone(),
            fault,
        }))
    }

    /// Lets a row wait from a turn on, as it was before that.
    fn stick(
        &mut self,
        row: usize,
        mut turn: usize,
        mut fault: Fault,
        steps: &mut [Placed<P>],
    ) -> Result<(), ReadModelError> {
        let held = &mut self.rows[row];
        'again: loop {
            held.stuck = Some(Stuck { turn, fault });
            held.reset(&self.table)?;
            for step in &mut *steps {
                if step.rows.contains(&row)
                    && !held.waits(step.turn)
                    && let Err(earlier) = held.take(&mut step.step)
                {
                    (turn, fault) = (step.turn, earlier);
                    continue 'again;
                }
            }
            return Ok(());
        }
    }

    /// Lets a changed row wait with all its steps, for a fault of somebody who follows it.
    pub(in super::super) fn stick_whole(
        &mut self,
        changed: &Changed,
        fault: Fault,
        steps: &mut [Placed<P>],
    ) -> Result<(), ReadModelError> {
        let first = steps.iter().find(|step| step.rows.contains(&changed.row));
        let turn = first.map_or(0, |step| step.turn);
        self.stick(changed.row, turn, fault, steps)
    }

    /// What waits from now on.
    pub(in super::super) fn parking(&self, steps: &[Placed<P>]) -> Vec<Parking> {
        let mut parking = Vec::new();
        for &row in &self.touched {
            let held = &self.rows[row];
            let Some(stuck) = &held.stuck else { continue };
            let own = steps.iter().filter(|step| step.rows.contains(&row));
            let mut turns: Vec<_> = own
                .filter(|step| held.waits(step.turn))
                .map(|step| (step.turn, step.step.at))
                .collect();
            turns.dedup_by_key(|(turn, _)| *turn);
            parking.extend(turns.into_iter().map(|(turn, position)| {
                let key = held.key.clone();
                if turn == stuck.turn {
                    Parking::failed(key, position, stuck.fault.reason())
                } else {
                    Parking::Queued { key, position }
                }
            }));
        }
        parking
    }
}
