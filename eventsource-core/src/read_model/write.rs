//! A write of rows, and a selection of rows.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::error::{TableKeyError, WriteError};
use super::model::{Generation, Model, Table};
use super::parking::Parking;
use super::progress::{Checkpoint, Progress};
use crate::projection::Key;
use crate::store::Horizon;

/// A step of a model: rows that changed, and how far it is with them.
///
/// [Example](crate::read_model#example).
#[non_exhaustive]
pub struct Write {
    /// Which model.
    pub model: Model,
    /// At which place.
    pub generation: Generation,
    /// The checkpoint at which the model has to be.
    pub from: Checkpoint,
    /// The horizon after the write.
    pub to: Horizon,
    /// Whether it is at the head, so that it may be read from now on.
    pub serving: bool,
    /// The rows that changed, each once.
    pub rows: Vec<RowWrite>,
    /// The changes of parked keys, in order.
    pub parking: Vec<Parking>,
    /// The work of a backend's own handlers in the same transaction, in a type of the backend.
    pub also: Option<Box<dyn Any + Send>>,
}

impl Write {
    /// A step that changes no row.
    #[must_use]
    pub fn new(model: Model, generation: Generation, from: Checkpoint, to: Horizon) -> Self {
        Self {
            model,
            generation,
            from,
            to,
            serving: false,
            rows: Vec::new(),
            parking: Vec::new(),
            also: None,
        }
    }

    /// Refuses rows that are not of the tables of the model: what a store asks before it writes.
    ///
    /// # Errors
    ///
    /// [`WriteError::Key`], or `Unsupported` where the model has no such table.
    pub fn check(&self) -> Result<(), WriteError> {
        for row in &self.rows {
            let Some(table) = self.model.tables.get(row.table) else {
                let message = format!("{} has no table number {}", self.model, row.table);
                return Err(WriteError::unsupported(message));
            };
            table.check_key(&row.key)?;
        }
        Ok(())
    }
}

/// Shows the checkpoints, and nothing of the rows.
impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("model", &self.model)
            .field("place", &self.generation)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("serving", &self.serving)
            .field("rows", &self.rows.len())
            .field("parking", &self.parking.len())
            .finish_non_exhaustive()
    }
}

/// A row as it is from now on.
///
/// [Example](crate::read_model#example).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowWrite {
    /// In which table of the model, by its number there.
    pub table: usize,
    /// Under which key.
    pub key: Key,
    /// A valid JSON text; `None` if the row is deleted.
    pub row: Option<Arc<str>>,
}

impl RowWrite {
    /// The row under this key in the table of this number; `None` deletes it.
    #[must_use]
    pub const fn new(table: usize, key: Key, row: Option<Arc<str>>) -> Self {
        Self { table, key, row }
    }
}

/// Shows the key and whether the row is deleted, and nothing of the row.
impl fmt::Debug for RowWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowWrite")
            .field("table", &self.table)
            .field("key", &self.key)
            .field("is_deleted", &self.row.is_none())
            .finish_non_exhaustive()
    }
}

/// Which rows.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store that does not know a choice, or a part of one, would answer with other rows"
)]
pub enum Select {
    /// Those under these keys that are there.
    Keys(Vec<Key>),
    /// The first `limit` of those whose keys come after `after`.
    After {
        /// The key after which the selection begins; `None` at the start.
        after: Option<Key>,
        /// At most so many.
        limit: usize,
    },
    /// None, only how many there are.
    Count,
}

impl Select {
    /// Refuses keys that are not of this table: what a store asks before it reads.
    ///
    /// # Errors
    ///
    /// [`TableKeyError`].
    pub fn check(&self, table: &Table) -> Result<(), TableKeyError> {
        match self {
            Self::Keys(keys) => keys.iter().try_for_each(|key| table.check_key(key)),
            Self::After { after, .. } => after.iter().try_for_each(|key| table.check_key(key)),
            Self::Count => Ok(()),
        }
    }
}

/// Rows that were read.
///
/// [Example](crate::read_model#example).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows {
    /// How far they are.
    pub progress: Progress,
    /// The rows by key, each a valid JSON text, byte for byte as it was written.
    pub rows: Vec<(Key, Arc<str>)>,
    /// How many there are, where that was asked.
    pub count: u64,
}

impl Rows {
    /// No rows yet, with the progress of their model.
    ///
    /// ```
    /// use eventsource_core::Key;
    /// use eventsource_core::read_model::{Progress, Rows};
    /// # use eventsource_core::store::{LogId, StoreId};
    /// # use eventsource_core::uuid::Uuid;
    /// # let source = LogId::new(StoreId::new(Uuid::nil()), 0);
    ///
    /// let mut found = Rows::new(Progress::new(source));
    /// found.rows.push((Key::of("tea"), r#"{"added":1}"#.into()));
    /// ```
    #[must_use]
    pub const fn new(progress: Progress) -> Self {
        Self {
            progress,
            rows: Vec::new(),
            count: 0,
        }
    }
}

/// How far they are and how many, but nothing of them.
impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("progress", &self.progress)
            .field("rows", &self.rows.len())
            .field("count", &self.count)
            .finish()
    }
}
