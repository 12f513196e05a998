//! Rows in memory between two writes.

mod blocked;
mod changed;
mod placed;

use std::collections::HashMap;
use std::sync::Arc;

use super::failure::{Broken, Fault};
use super::row_state::RowState;
use crate::projection::{Key, Rows};
use crate::read_model::{Generation, ReadModelError, ReadModelStore, Table};
use blocked::BlockedRow;
pub(super) use changed::Changed;
pub(super) use placed::{PlacedStep, of_row};

/// The rows that batches have touched since the buffer was cleared, and what of them is not written.
/// One runner alone writes them, so they need not be read again.
pub(super) struct Buffer<R: ?Sized> {
    table: Table,
    numbers: HashMap<Key, usize>,
    rows: Vec<RowState>,
    /// The rows themselves, and the steps of the batch.
    pub(super) values: Box<R>,
    /// The rows that may have changed since the last write, in the order of their first step.
    touched: Vec<usize>,
    /// The rows of the batch that wait, by their numbers.
    blocked: HashMap<usize, BlockedRow>,
    /// The length of the rows as they are stored.
    bytes: usize,
    /// Whether a row that fails waits, and the others go on.
    parks: bool,
    /// Whether the store has no rows but these.
    is_complete: bool,
    /// Whether rows were touched by batches before this one, so that this batch cannot be taken
    /// again on what is stored.
    is_ahead: bool,
}

impl<R: Rows + ?Sized> Buffer<R> {
    pub(super) fn new(table: Table, values: Box<R>, parks: bool) -> Self {
        Self {
            table,
            numbers: HashMap::new(),
            rows: Vec::new(),
            values,
            touched: Vec::new(),
            blocked: HashMap::new(),
            bytes: 0,
            parks,
            is_complete: false,
            is_ahead: false,
        }
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// Says that the store has no rows of the table, so that none are read.
    pub(super) fn begin_empty(&mut self) {
        self.is_complete = true;
    }

    /// Makes room for the rows of the steps that are `wanted`, which it places, and tells from where
    /// on they are to be [loaded](Self::load).
    pub(super) fn place(
        &mut self,
        placed: &mut Vec<PlacedStep>,
        mut wanted: impl FnMut(&Key, &PlacedStep) -> bool,
    ) -> usize {
        self.is_ahead = self.has_unwritten();
        let known = self.rows.len();
        placed.clear();
        for (number, step, keys) in self.values.steps().iter() {
            for key in keys {
                let mut one = PlacedStep {
                    turn: step.turn,
                    at: step.at,
                    number,
                    row: 0,
                };
                if wanted(key, &one) {
                    one.row = number_of(key, &mut self.numbers, &mut self.rows);
                    placed.push(one);
                }
            }
        }
        self.values.extend_to(self.rows.len());
        known
    }

    /// Reads the rows from this one on.
    pub(super) async fn load(
        &mut self,
        known: usize,
        generation: Generation,
        models: &dyn ReadModelStore,
    ) -> Result<(), ReadModelError> {
        if self.is_complete {
            return Ok(());
        }
        let keys = self.keys(known);
        if keys.is_empty() {
            return Ok(());
        }
        let stored = models.rows(self.table.clone(), generation, keys).await?;
        self.fill(known, stored)
    }

    /// The keys of the rows from this one on that a store can have: not those that were too long.
    pub(super) fn keys(&self, known: usize) -> Vec<Key> {
        let new = self.rows[known..].iter().map(|row| &row.key);
        new.filter(|key| !key.is_shortened()).cloned().collect()
    }

    /// The rows of [these keys](Self::keys), as they were read.
    pub(super) fn fill(
        &mut self,
        known: usize,
        stored: Vec<Option<Arc<str>>>,
    ) -> Result<(), ReadModelError> {
        let new = self.rows.iter_mut().enumerate().skip(known);
        let new = new.filter(|(_, row)| !row.key.is_shortened());
        for ((number, row), stored) in new.zip(stored) {
            self.bytes += length(stored.as_ref());
            row.stored = stored;
            row.reset(number, &mut *self.values, &self.table)?;
        }
        Ok(())
    }

    /// Takes the steps in order. Their rows were loaded.
    pub(super) fn run(&mut self, steps: &[PlacedStep]) -> Result<(), Broken> {
        for step in steps {
            let row = &mut self.rows[step.row];
            if !std::mem::replace(&mut row.is_touched, true) {
                self.touched.push(step.row);
            }
            if !self.waits(step)
                && let Err(fault) = self.take(step)
            {
                self.fail(step.row, step.turn, fault, steps)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, step: &PlacedStep) -> Result<(), Fault> {
        let row = &mut self.rows[step.row];
        row.take(step.row, &mut *self.values, step.number, step.at)
    }

    fn reset(&mut self, row: usize) -> Result<(), ReadModelError> {
        self.rows[row].reset(row, &mut *self.values, &self.table)
    }

    /// The row as JSON.
    fn write(&self, row: usize) -> Result<Option<Arc<str>>, Fault> {
        self.rows[row].write(row, &*self.values)
    }

    /// The rows that are not as they were. They count as stored once they are
    /// [settled](Self::settle).
    pub(super) fn changed(&mut self, steps: &[PlacedStep]) -> Result<Vec<Changed>, Broken> {
        let mut changed = Vec::with_capacity(self.touched.len());
        for index in 0..self.touched.len() {
            let row = self.touched[index];
            let after = match self.write(row) {
                Ok(after) => after,
                Err(fault) => self.last_writable(row, fault, steps)?,
            };
            changed.extend(Changed::of(row, &self.rows[row], after));
        }
        Ok(changed)
    }

    /// The changed rows count as stored.
    pub(super) fn settle(&mut self, changed: &[Changed]) {
        for Changed { row, after, .. } in changed {
            let stored = &mut self.rows[*row].stored;
            self.bytes += length(after.as_ref());
            self.bytes -= length(stored.as_ref());
            stored.clone_from(after);
        }
        for row in self.touched.drain(..) {
            let row = &mut self.rows[row];
            (row.is_touched, row.last) = (false, None);
        }
        self.blocked.clear();
    }

    /// The rows are what is stored.
    pub(super) fn undo(&mut self) -> Result<(), ReadModelError> {
        for index in 0..self.touched.len() {
            self.reset(self.touched[index])?;
        }
        self.settle(&[]);
        Ok(())
    }

    /// How many rows may have changed since the last write.
    pub(super) fn unwritten(&self) -> usize {
        self.touched.len()
    }

    pub(super) fn has_unwritten(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Whether rows that are not written were touched by batches before this one.
    pub(super) fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    /// Whether a row of the batch waits.
    pub(super) fn has_blocked(&self) -> bool {
        !self.blocked.is_empty()
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// About how many bytes the rows take, each once as it is and once as it is stored.
    pub(super) fn bytes(&self) -> usize {
        const OF_ROW: usize = 2 * size_of::<Key>() + 2 * size_of::<usize>();
        let of_row = size_of::<RowState>() + self.values.row_size() + OF_ROW;
        self.rows.len() * of_row + self.bytes
    }

    /// Forgets the rows, and frees their memory: at the head, fewer are kept than before it.
    pub(super) fn clear(&mut self) {
        self.numbers = HashMap::new();
        self.rows = Vec::new();
        self.values.clear();
        self.touched.clear();
        self.blocked.clear();
        self.bytes = 0;
        self.is_complete = false;
        self.is_ahead = false;
    }
}

fn number_of(key: &Key, numbers: &mut HashMap<Key, usize>, rows: &mut Vec<RowState>) -> usize {
    if let Some(number) = numbers.get(key) {
        return *number;
    }
    let number = rows.len();
    rows.push(RowState::new(key.clone()));
    numbers.insert(key.clone(), number);
    number
}

fn length(row: Option<&Arc<str>>) -> usize {
    row.map_or(0, |row| row.len())
}
