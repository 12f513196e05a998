//! The state of one row.

use std::sync::Arc;

use super::failure::RowFault;
use crate::projection::{Key, Row, Rows, read_row, run_step, write_row};
use crate::read_model::decode::unreadable;
use crate::read_model::{ReadModelError, Table};
use crate::values::Position;

/// A row without its value, which has the same number in [`Rows`].
pub(super) struct RowState {
    pub(super) key: Key,
    /// Whether the row exists. Otherwise its value is the default.
    exists: bool,
    /// The stored JSON; `None` if the store does not have the row.
    pub(super) stored: Option<Arc<str>>,
    /// Whether the row may differ from the stored one.
    pub(super) is_touched: bool,
    /// The position of the last event in it that is not stored.
    pub(super) last: Option<Position>,
}

impl RowState {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            exists: false,
            stored: None,
            is_touched: false,
            last: None,
        }
    }

    /// Sets the row to the stored one.
    pub(super) fn reset<R: Rows + ?Sized>(
        &mut self,
        number: usize,
        values: &mut R,
        table: &Table,
    ) -> Result<(), ReadModelError> {
        self.last = None;
        self.exists = self.stored.is_some();
        let Some(stored) = &self.stored else {
            values.set_default(number);
            return Ok(());
        };
        let read = read_row(values, number, stored);
        read.map_err(|message| unreadable(table, &self.key, message))
    }

    /// Applies a step. After a fault, the row has to be [reset](Self::reset).
    pub(super) fn apply<R: Rows + ?Sized>(
        &mut self,
        number: usize,
        values: &mut R,
        step: usize,
        at: Position,
    ) -> Result<(), RowFault> {
        if self.key.is_shortened() {
            return Err(RowFault::KeyTooLong);
        }
        let row = run_step(values, step, &self.key, number);
        self.exists = row.map_err(RowFault::Failed)? == Row::Keep;
        if !self.exists {
            values.set_default(number);
        }
        self.last = Some(at);
        Ok(())
    }

    /// The row as JSON; `None` if it does not exist.
    pub(super) fn to_json<R: Rows + ?Sized>(
        &self,
        number: usize,
        values: &R,
    ) -> Result<Option<Arc<str>>, RowFault> {
        if !self.exists {
            return Ok(None);
        }
        let json = write_row(values, number).map_err(RowFault::Unwritable)?;
        Ok(Some(json))
    }
}
