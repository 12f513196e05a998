//! The rows of one projection in memory, and their changes by batches.

mod blocked_row;
mod changed_row;
mod failure;
mod placed_step;
mod row_state;

use std::collections::HashMap;
use std::sync::Arc;

use crate::projection::{Key, Rows};
use crate::read_model::{ReadModelError, Table};
use crate::values::Position;
use blocked_row::BlockedRow;
pub(super) use changed_row::ChangedRow;
pub(super) use failure::{FoldError, RowFailure, RowFault};
use placed_step::PlacedStep;
use row_state::RowState;

/// Folds the inputs of batches (events, or changed rows of a source) into rows. It neither waits nor
/// knows a store: its owner loads the rows that a batch adds, and writes the changed ones.
///
/// For each batch, in this order: [`place`](Self::place), [`keys_to_load`](Self::keys_to_load) and
/// [`load`](Self::load), [`apply`](Self::apply). Then the owner processes further batches, or writes all
/// of them: [`changed_rows`](Self::changed_rows), [`parking`](Self::parking) and
/// [`mark_stored`](Self::mark_stored).
///
/// It keeps rows until it is [cleared](Self::clear). The projection has only one runner, so that no
/// other one changes a row meanwhile.
pub(super) struct RowFold<R: ?Sized> {
    table: Table,
    numbers: HashMap<Key, usize>,
    rows: Vec<RowState>,
    /// The values of the rows, by the same numbers, and the inputs of the batch.
    pub(super) values: Box<R>,
    /// The steps of the batch, in order.
    steps: Vec<PlacedStep>,
    /// The number of the first row that the batch has added.
    first_new: usize,
    /// The rows that may have changed since the last write, in the order of their first steps.
    touched: Vec<usize>,
    /// The rows of the batch that failed, by their numbers.
    blocked: HashMap<usize, BlockedRow>,
    /// The length of the rows as they are stored.
    bytes: usize,
    /// Whether a row that fails is blocked while the others go on. Otherwise its failure is an error.
    parks: bool,
    /// Whether all rows that the store has are in memory.
    is_complete: bool,
    /// Whether batches before this one left unwritten rows, so that the batch alone cannot be undone.
    is_ahead: bool,
}

impl<R: Rows + ?Sized> RowFold<R> {
    pub(super) fn new(table: Table, values: Box<R>, parks: bool) -> Self {
        Self {
            table,
            numbers: HashMap::new(),
            rows: Vec::new(),
            values,
            steps: Vec::new(),
            first_new: 0,
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

    /// Begins with a table that the store has no rows of, so that none are loaded.
    pub(super) fn begin_empty(&mut self) {
        self.is_complete = true;
    }

    /// Begins a batch with the steps in [`values`](Self::values) whose key and position are wanted, and
    /// adds their rows.
    pub(super) fn place(&mut self, mut is_wanted: impl FnMut(&Key, Position) -> bool) {
        self.is_ahead = self.has_unwritten();
        self.first_new = self.rows.len();
        self.steps.clear();
        for (number, step, keys) in self.values.steps().iter() {
            for key in keys {
                if is_wanted(key, step.at) {
                    self.steps.push(PlacedStep {
                        input: step.input,
                        at: step.at,
                        number,
                        row: number_of(key, &mut self.numbers, &mut self.rows),
                    });
                }
            }
        }
        self.values.extend_to(self.rows.len());
    }

    /// Ends a batch: drops its steps, and keeps the rows.
    pub(super) fn clear_steps(&mut self) {
        self.values.clear_steps();
        self.steps.clear();
    }

    pub(super) fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The keys of the rows that the batch has added, without keys that are too long for a store.
    pub(super) fn keys_to_load(&self) -> Vec<Key> {
        if self.is_complete {
            return Vec::new();
        }
        let new = self.rows[self.first_new..].iter().map(|row| &row.key);
        new.filter(|key| !key.is_shortened()).cloned().collect()
    }

    /// Sets the rows of [these keys](Self::keys_to_load) to the stored ones, which come in the order of
    /// the keys. A row that is not among them does not exist.
    pub(super) fn load(&mut self, stored: Vec<(Key, Arc<str>)>) -> Result<(), ReadModelError> {
        let mut stored = stored.into_iter().peekable();
        let new = self.rows.iter_mut().enumerate().skip(self.first_new);
        for (number, row) in new.filter(|(_, row)| !row.key.is_shortened()) {
            row.stored = stored
                .next_if(|(key, _)| *key == row.key)
                .map(|(_, row)| row);
            self.bytes += length(row.stored.as_ref());
            row.reset(number, &mut *self.values, &self.table)?;
        }
        // An existing row must not be folded from its default because a store gives another order.
        if stored.next().is_some() {
            let message =
                "the store gave rows that are not in the order of the keys that were read";
            return Err(ReadModelError::unsupported(message));
        }
        Ok(())
    }

    /// Applies the steps of the batch, in order.
    pub(super) fn apply(&mut self) -> Result<(), FoldError> {
        for index in 0..self.steps.len() {
            let step = self.steps[index];
            let row = &mut self.rows[step.row];
            if !std::mem::replace(&mut row.is_touched, true) {
                self.touched.push(step.row);
            }
            if !self.is_blocked(&step)
                && let Err(fault) = self.apply_step(&step)
            {
                self.fail(step.row, step.input, fault)?;
            }
        }
        Ok(())
    }

    /// Whether the steps are of more than one input.
    pub(super) fn has_several_inputs(&self) -> bool {
        let first = self.steps.first().map(|step| step.input);
        self.steps.last().map(|step| step.input) != first
    }

    /// Keeps the steps of the first input, and applies them to the stored rows again. Returns the number
    /// of that input.
    pub(super) fn retain_first_input(&mut self) -> Result<Option<usize>, FoldError> {
        let first = self.steps.first().map(|step| step.input);
        self.steps.retain(|step| Some(step.input) == first);
        self.undo()?;
        self.apply()?;
        Ok(first)
    }

    /// The rows that differ from the stored ones. A row that cannot be written is set back to its state before the input
    /// before, and blocked.
    pub(super) fn changed_rows(&mut self) -> Result<Vec<ChangedRow>, FoldError> {
        let mut changed = Vec::with_capacity(self.touched.len());
        for index in 0..self.touched.len() {
            let row = self.touched[index];
            let after = match self.to_json(row) {
                Ok(after) => after,
                Err(fault) => self.last_writable(row, fault)?,
            };
            changed.extend(ChangedRow::new(row, &self.rows[row], after));
        }
        Ok(changed)
    }

    /// Ends a write: from here on, these rows are the stored ones.
    pub(super) fn mark_stored(&mut self, changed: &[ChangedRow]) {
        for ChangedRow { row, after, .. } in changed {
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

    /// Sets all rows to the stored ones.
    pub(super) fn undo(&mut self) -> Result<(), ReadModelError> {
        for index in 0..self.touched.len() {
            self.reset(self.touched[index])?;
        }
        self.mark_stored(&[]);
        Ok(())
    }

    fn apply_step(&mut self, step: &PlacedStep) -> Result<(), RowFault> {
        let row = &mut self.rows[step.row];
        row.apply(step.row, &mut *self.values, step.number, step.at)
    }

    fn reset(&mut self, row: usize) -> Result<(), ReadModelError> {
        self.rows[row].reset(row, &mut *self.values, &self.table)
    }

    fn to_json(&self, row: usize) -> Result<Option<Arc<str>>, RowFault> {
        self.rows[row].to_json(row, &*self.values)
    }

    /// The number of rows that may have changed since the last write.
    pub(super) fn unwritten(&self) -> usize {
        self.touched.len()
    }

    pub(super) fn has_unwritten(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Whether batches before this one left unwritten rows.
    pub(super) fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    /// Whether a row of the batch failed.
    pub(super) fn has_blocked(&self) -> bool {
        !self.blocked.is_empty()
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// About how many bytes the rows take, each once as a value and once as stored JSON.
    pub(super) fn bytes(&self) -> usize {
        const PER_ROW: usize = 2 * size_of::<Key>() + 2 * size_of::<usize>();
        let per_row = size_of::<RowState>() + self.values.row_size() + PER_ROW;
        self.rows.len() * per_row + self.bytes
    }

    /// Drops all rows and frees their memory, since fewer rows are in memory at the head than during catch-up.
    pub(super) fn clear(&mut self) {
        self.numbers = HashMap::new();
        self.rows = Vec::new();
        self.values.clear();
        self.first_new = 0;
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

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::projection::{Projection, TypedRows};

    #[derive(Default, Serialize, Deserialize)]
    struct Demand {
        added: i64,
    }

    impl Projection for Demand {
        const NAME: &'static str = "demand";
        const VERSION: u32 = 1;
        const KEY: &'static [&'static str] = &["sku"];
        const KEY_SOURCE: &'static str = "key = sku";
    }

    /// The rows of the keys `a`, `b` and `c` after a store gave the rows of these keys.
    fn loaded(stored: &[&str]) -> Result<Vec<Option<Arc<str>>>, ReadModelError> {
        let values = Box::new(TypedRows::<Demand>::new());
        let mut fold = RowFold::new(Table::of::<Demand>(), values, true);
        for key in ["a", "b", "c"] {
            number_of(&Key::of(key), &mut fold.numbers, &mut fold.rows);
        }
        fold.values.extend_to(3);
        let row = |key: &&str| (Key::of(*key), r#"{"added":1}"#.into());
        fold.load(stored.iter().map(row).collect())?;
        Ok(fold.rows.into_iter().map(|row| row.stored).collect())
    }

    #[test]
    fn rows_that_are_not_stored_are_empty() {
        let rows = loaded(&["a", "c"]).unwrap();
        let is_stored: Vec<_> = rows.iter().map(Option::is_some).collect();
        assert_eq!(is_stored, [true, false, true]);
    }

    #[test]
    fn rows_in_another_order_are_refused() {
        for wrong in [&["c", "a"][..], &["a", "a"], &["d"]] {
            loaded(wrong).unwrap_err();
        }
    }
}
