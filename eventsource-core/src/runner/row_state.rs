//! The state of one row in memory.

use std::sync::Arc;

use super::failure::Fault;
use crate::projection::{Key, Row, Rows, read_row, run_step, write_row};
use crate::read_model::decode::unreadable;
use crate::read_model::{ReadModelError, Table};
use crate::values::Position;

/// A row without its value, which has the same number in [`Rows`].
pub(super) struct RowState {
    pub(super) key: Key,
    /// Whether it is there; otherwise its value is the default.
    exists: bool,
    /// As it is stored; `None` if it is not there.
    pub(super) stored: Option<Arc<str>>,
    /// Whether it may be another than the one that is stored.
    pub(super) is_touched: bool,
    /// The position of the last event in it that is not written.
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

    /// Makes it what is stored.
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

    /// Takes a step. What becomes of it when that fails is of no use.
    pub(super) fn take<R: Rows + ?Sized>(
        &mut self,
        number: usize,
        values: &mut R,
        step: usize,
        at: Position,
    ) -> Result<(), Fault> {
        if self.key.is_shortened() {
            return Err(Fault::KeyTooLong);
        }
        let row = run_step(values, step, &self.key, number);
        self.exists = row.map_err(Fault::Failed)? == Row::Keep;
        if !self.exists {
            values.set_default(number);
        }
        self.last = Some(at);
        Ok(())
    }

    /// As JSON; `None` if it is not there.
    pub(super) fn write<R: Rows + ?Sized>(
        &self,
        number: usize,
        values: &R,
    ) -> Result<Option<Arc<str>>, Fault> {
        if !self.exists {
            return Ok(None);
        }
        let json = write_row(values, number).map_err(Fault::Unwritable)?;
        Ok(Some(json))
    }
}
