//! A row that has to be written.

use std::sync::Arc;

use super::RowState;
use crate::projection::Key;
use crate::read_model::RowWrite;
use crate::values::Position;

/// A row as it is stored and as it is now, as JSON.
pub(in super::super) struct ChangedRow {
    /// The number of the row in the fold.
    pub(super) row: usize,
    pub(in super::super) key: Key,
    pub(in super::super) before: Option<Arc<str>>,
    pub(in super::super) after: Option<Arc<str>>,
    /// The position of the last event that changed it.
    pub(in super::super) at: Position,
}

impl ChangedRow {
    /// The change of a row to this JSON; `None` if the stored row is the same.
    pub(super) fn new(number: usize, row: &RowState, after: Option<Arc<str>>) -> Option<Self> {
        (after != row.stored).then(|| Self {
            row: number,
            key: row.key.clone(),
            before: row.stored.clone(),
            after,
            at: row.last.unwrap_or_default(),
        })
    }

    /// The write into the table of this number.
    pub(in super::super) fn to_write(&self, table: usize) -> RowWrite {
        RowWrite {
            table,
            key: self.key.clone(),
            row: self.after.clone(),
        }
    }
}
