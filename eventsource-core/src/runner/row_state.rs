//! One row in memory.

use std::sync::Arc;

use super::failure::Fault;
use crate::panic;
use crate::projection::{Key, Projection, Row, Steps, caught};
use crate::read_model::decode::{decode, from_json};
use crate::read_model::{ReadModelError, Table};
use crate::values::Position;

pub(super) struct RowState<P> {
    pub(super) key: Key,
    /// The default if it is not there.
    row: P,
    exists: bool,
    /// As it is stored; `None` if it is not there.
    pub(super) stored: Option<Arc<str>>,
    /// Whether it may be another than the one that is stored.
    pub(super) is_touched: bool,
    /// The position of the last event in it that is not written.
    pub(super) last: Option<Position>,
}

impl<P: Projection> RowState<P> {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            row: P::default(),
            exists: false,
            stored: None,
            is_touched: false,
            last: None,
        }
    }

    pub(super) fn read(
        &mut self,
        table: &Table,
        stored: Option<Arc<str>>,
    ) -> Result<(), ReadModelError> {
        self.stored = stored;
        self.reset(table)
    }

    /// Makes it what is stored.
    pub(super) fn reset(&mut self, table: &Table) -> Result<(), ReadModelError> {
        self.last = None;
        self.exists = self.stored.is_some();
        self.row = match &self.stored {
            Some(stored) => decode(table, &self.key, stored)?,
            None => P::default(),
        };
        Ok(())
    }

    /// Takes the step of this number. What becomes of it when that fails is of no use.
    pub(super) fn take(
        &mut self,
        steps: &Steps<P>,
        number: usize,
        at: Position,
    ) -> Result<(), Fault> {
        if self.key.is_shortened() {
            return Err(Fault::KeyTooLong);
        }
        let row = caught(|| steps.run(number, &self.key, &mut self.row));
        self.exists = row.map_err(Fault::Failed)? == Row::Keep;
        if !self.exists {
            self.row = P::default();
        }
        self.last = Some(at);
        Ok(())
    }

    /// As JSON; `None` if it is not there.
    pub(super) fn write(&self) -> Result<Option<Arc<str>>, Fault> {
        if !self.exists {
            return Ok(None);
        }
        let row = panic::caught(|| self.row.to_json());
        let row = row.map_err(|panic| Fault::Unwritable(format!("it panicked: {panic}")))?;
        let row = row.map_err(|error| Fault::Unwritable(error.to_string()))?;
        // Otherwise whoever reads it next would find out; here tests do, at no cost in use.
        if cfg!(debug_assertions)
            && let Err(message) = from_json::<P>(&row)
        {
            let message = format!("serde writes what it cannot read, such as a NaN: {message}");
            return Err(Fault::Unwritable(message));
        }
        Ok(Some(row.into()))
    }
}
