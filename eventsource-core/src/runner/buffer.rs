//! Rows in memory between two writes.

use std::collections::HashMap;
use std::sync::Arc;

use super::contained::caught;
use crate::projection::Step;
use crate::{
    Key, Place, Position, Projection, ProjectionError, ReadModelError, ReadModelStore, Row, Table,
};

/// More rows, or more bytes, are not kept from one batch to the next.
const ROWS: usize = 10_000;
const BYTES: usize = 8 * 1024 * 1024;

/// The rows that a batch touches, and those of earlier batches, since only we write them.
pub(super) struct Buffer<P> {
    table: Table,
    rows: HashMap<Key, Held<P>>,
    /// In the order of their first event.
    touched: Vec<Key>,
    bytes: usize,
}

struct Held<P> {
    /// The default if it is not there.
    row: P,
    exists: bool,
    /// As it is stored; `None` if it is not there.
    stored: Option<Arc<str>>,
    /// The last event of the batch that touched it.
    touched: Option<Position>,
}

/// A row before and after a batch, as JSON.
pub(super) struct Changed {
    pub(super) key: Key,
    pub(super) before: Option<Arc<str>>,
    pub(super) after: Option<Arc<str>>,
    pub(super) at: Position,
}

impl<P: Projection> Buffer<P> {
    pub(super) fn new() -> Self {
        Self {
            table: Table::of::<P>(),
            rows: HashMap::new(),
            touched: Vec::new(),
            bytes: 0,
        }
    }

    /// Reads these rows, which are [missing](Self::missing).
    pub(super) async fn load(
        &mut self,
        keys: Vec<Key>,
        place: Place,
        models: &dyn ReadModelStore,
    ) -> Result<(), ProjectionError> {
        if keys.is_empty() {
            return Ok(());
        }
        let stored = models.rows(self.table.clone(), place, keys.clone());
        for (key, stored) in keys.into_iter().zip(stored.await?) {
            self.bytes += stored.as_ref().map_or(0, String::len);
            let held = Held::read(&self.table, &key, stored)?;
            self.rows.insert(key, held);
        }
        Ok(())
    }

    /// The rows that the steps touch and that are not in memory.
    pub(super) fn missing(&mut self, steps: &[Step<P>]) -> Vec<Key> {
        if self.rows.len() > ROWS || self.bytes > BYTES {
            self.rows.clear();
            self.bytes = 0;
        }
        let keys = steps.iter().flat_map(|step| &step.keys);
        let mut missing: Vec<Key> = keys
            .filter(|key| !self.rows.contains_key(*key))
            .cloned()
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Takes the steps in order. Their rows were loaded.
    pub(super) fn run(&mut self, steps: Vec<Step<P>>) -> Result<(), ProjectionError> {
        for mut step in steps {
            for key in step.keys {
                let held = self.rows.get_mut(&key).expect("its row was loaded");
                let row = caught(|| (step.run)(&key, &mut held.row));
                let row = row.map_err(|error| {
                    ProjectionError::failed(&self.table.name, step.at, &key, error)
                })?;
                held.exists = row == Row::Keep;
                if !held.exists {
                    held.row = P::default();
                }
                if held.touched.replace(step.at).is_none() {
                    self.touched.push(key);
                }
            }
        }
        Ok(())
    }

    /// The rows that are not as they were, which from now on count as stored.
    pub(super) fn changed(&mut self) -> Result<Vec<Changed>, ProjectionError> {
        let mut changed = Vec::with_capacity(self.touched.len());
        for key in self.touched.drain(..) {
            let held = self.rows.get_mut(&key).expect("it was touched");
            let at = held.touched.take().unwrap_or_default();
            let after = held.write(&self.table, &key)?;
            if after != held.stored {
                self.bytes += after.as_ref().map_or(0, |row| row.len());
                let before = std::mem::replace(&mut held.stored, after.clone());
                changed.push(Changed {
                    key,
                    before,
                    after,
                    at,
                });
            }
        }
        Ok(changed)
    }
}

impl<P: Projection> Held<P> {
    fn read(table: &Table, key: &Key, stored: Option<String>) -> Result<Self, ReadModelError> {
        let row = stored.as_deref().map(|row| decode(table, key, row));
        Ok(Self {
            row: row.transpose()?.unwrap_or_default(),
            exists: stored.is_some(),
            stored: stored.map(Arc::from),
            touched: None,
        })
    }

    fn write(&self, table: &Table, key: &Key) -> Result<Option<Arc<str>>, ProjectionError> {
        if !self.exists {
            return Ok(None);
        }
        let unwritable = |message| ProjectionError::Unwritable {
            table: table.name.to_string(),
            key: key.clone(),
            message,
        };
        let row = self.row.to_json();
        let row = row.map_err(|error| unwritable(error.to_string()))?;
        // Otherwise whoever reads it next would find out; here tests do, at no cost in use.
        if cfg!(debug_assertions)
            && let Err(error) = P::from_json(&row)
        {
            let place = format!("line {}, column {}", error.line(), error.column());
            let message = format!("serde writes what it cannot read, such as a NaN, at {place}");
            return Err(unwritable(message));
        }
        Ok(Some(row.into()))
    }
}

/// The row that this JSON is.
pub(crate) fn decode<P: Projection>(
    table: &Table,
    key: &Key,
    row: &str,
) -> Result<P, ReadModelError> {
    P::from_json(row).map_err(|error| ReadModelError::Row {
        table: table.name.to_string(),
        key: key.clone(),
        // serde_json names the types and the place; it quotes no more than a scalar, which may be
        // somebody's data.
        message: format!("line {}, column {}", error.line(), error.column()),
    })
}
