//! Rows in memory between two writes.

mod blocked;

use std::collections::HashMap;
use std::sync::Arc;

use super::batch_steps::Turns;
use super::failure::Broken;
use super::row_state::Held;
use crate::projection::{Key, Projection, Step};
use crate::read_model::{Place, ReadModelError, ReadModelStore, RowWrite, Table};
use crate::values::Position;

/// More rows, or more bytes, are not kept from one batch to the next.
const ROWS: usize = 10_000;
const BYTES: usize = 8 * 1024 * 1024;

/// The rows that a batch touches, and those of earlier batches, since only we write them.
pub(super) struct Buffer<P> {
    table: Table,
    places: HashMap<Key, usize>,
    rows: Vec<Held<P>>,
    /// In the order of their first step.
    touched: Vec<usize>,
    bytes: usize,
    /// Whether a row that fails waits, and the others go on.
    parks: bool,
}

/// A step, and where its rows are.
pub(super) struct Placed<P> {
    /// The number of its event, or of its changed row, in the batch: what has the same number is
    /// taken as a whole or not at all.
    pub(super) turn: usize,
    step: Step<P>,
    rows: Vec<usize>,
}

/// A row before and after a batch, as JSON.
pub(super) struct Changed {
    row: usize,
    pub(super) key: Key,
    pub(super) before: Option<Arc<str>>,
    pub(super) after: Option<Arc<str>>,
    pub(super) at: Position,
}

impl Changed {
    /// In the table of this number.
    pub(super) fn write(&self, table: usize) -> RowWrite {
        RowWrite {
            table,
            key: self.key.clone(),
            row: self.after.clone(),
        }
    }
}

impl<P: Projection> Buffer<P> {
    pub(super) fn new(parks: bool) -> Self {
        Self {
            table: Table::of::<P>(),
            places: HashMap::new(),
            rows: Vec::new(),
            touched: Vec::new(),
            bytes: 0,
            parks,
        }
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// Makes room for the rows that the steps touch, and tells from where on they are to be
    /// [loaded](Self::load).
    pub(super) fn place(&mut self, steps: Turns<P>) -> (Vec<Placed<P>>, usize) {
        let known = self.rows.len();
        let placed = steps.into_iter().map(|(turn, mut step)| {
            let keys = std::mem::take(&mut step.keys).into_iter();
            let rows = keys.map(|key| self.place_of(key)).collect();
            Placed { turn, step, rows }
        });
        (placed.collect(), known)
    }

    fn place_of(&mut self, key: Key) -> usize {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        self.rows.push(Held::new(key.clone()));
        let place = self.rows.len() - 1;
        self.places.insert(key, place);
        place
    }

    /// Reads the rows from this one on.
    pub(super) async fn load(
        &mut self,
        known: usize,
        place: Place,
        models: &dyn ReadModelStore,
    ) -> Result<(), ReadModelError> {
        let keys = self.keys(known);
        if keys.is_empty() {
            return Ok(());
        }
        let stored = models.rows(self.table.clone(), place, keys).await?;
        self.fill(known, stored)
    }

    /// The keys of the rows from this one on that a store can have: not those that were too long.
    pub(super) fn keys(&self, known: usize) -> Vec<Key> {
        let new = self.rows[known..].iter().map(|held| &held.key);
        new.filter(|key| !key.is_shortened()).cloned().collect()
    }

    /// The rows of [these keys](Self::keys), as they were read.
    pub(super) fn fill(
        &mut self,
        known: usize,
        stored: Vec<Option<Arc<str>>>,
    ) -> Result<(), ReadModelError> {
        let new = self.rows[known..].iter_mut();
        let new = new.filter(|held| !held.key.is_shortened());
        for (held, stored) in new.zip(stored) {
            self.bytes += stored.as_ref().map_or(0, |row| row.len());
            held.read(&self.table, stored)?;
        }
        Ok(())
    }

    /// Takes the steps in order. Their rows were loaded.
    pub(super) fn run(&mut self, steps: &mut [Placed<P>]) -> Result<(), Broken> {
        for index in 0..steps.len() {
            for nth in 0..steps[index].rows.len() {
                let Placed { turn, step, rows } = &mut steps[index];
                let (turn, row) = (*turn, rows[nth]);
                let held = &mut self.rows[row];
                if !std::mem::replace(&mut held.is_touched, true) {
                    self.touched.push(row);
                }
                if !held.waits(turn)
                    && let Err(fault) = held.take(step)
                {
                    self.fail(row, turn, fault, steps)?;
                }
            }
        }
        Ok(())
    }

    /// The rows that are not as they were. They count as stored once they are
    /// [settled](Self::settle).
    pub(super) fn changed(&mut self, steps: &mut [Placed<P>]) -> Result<Vec<Changed>, Broken> {
        let mut changed = Vec::with_capacity(self.touched.len());
        for index in 0..self.touched.len() {
            let row = self.touched[index];
            let after = match self.rows[row].write() {
                Ok(after) => after,
                Err(_) => self.last_writable(row, steps)?,
            };
            let held = &self.rows[row];
            if after != held.stored {
                changed.push(Changed {
                    row,
                    key: held.key.clone(),
                    before: held.stored.clone(),
                    after,
                    at: held.last.unwrap_or_default(),
                });
            }
        }
        Ok(changed)
    }

    /// The changed rows count as stored.
    pub(super) fn settle(&mut self, changed: &[Changed]) {
        for Changed { row, after, .. } in changed {
            self.bytes += after.as_ref().map_or(0, |row| row.len());
            self.rows[*row].stored.clone_from(after);
        }
        for row in self.touched.drain(..) {
            let held = &mut self.rows[row];
            (held.is_touched, held.last, held.stuck) = (false, None, None);
        }
    }

    /// The rows are what is stored.
    pub(super) fn undo(&mut self) -> Result<(), ReadModelError> {
        for &row in &self.touched {
            self.rows[row].reset(&self.table)?;
        }
        self.settle(&[]);
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() > ROWS || self.bytes > BYTES
    }

    /// Forgets the rows, all of which are stored.
    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.rows.clear();
        self.bytes = 0;
    }
}
