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
    places: HashMap<Key, usize>,
    rows: Vec<Held<P>>,
    /// In the order of their first event.
    touched: Vec<usize>,
    bytes: usize,
}

struct Held<P> {
    key: Key,
    /// The default if it is not there.
    row: P,
    exists: bool,
    /// As it is stored; `None` if it is not there.
    stored: Option<Arc<str>>,
    /// The last event of the batch that touched it.
    touched: Option<Position>,
}

/// A step, and where its rows are.
pub(super) struct Placed<P> {
    step: Step<P>,
    rows: Vec<usize>,
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
            places: HashMap::new(),
            rows: Vec::new(),
            touched: Vec::new(),
            bytes: 0,
        }
    }

    /// Makes room for the rows that the steps touch, and tells from where on they are to be
    /// [loaded](Self::load).
    pub(super) fn place(&mut self, steps: Vec<Step<P>>) -> (Vec<Placed<P>>, usize) {
        let known = self.rows.len();
        let placed = steps.into_iter().map(|mut step| {
            let keys = std::mem::take(&mut step.keys).into_iter();
            let rows = keys.map(|key| self.place_of(key)).collect();
            Placed { step, rows }
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
    ) -> Result<(), ProjectionError> {
        let keys = self.keys(known);
        if keys.is_empty() {
            return Ok(());
        }
        let stored = models.rows(self.table.clone(), place, keys).await?;
        Ok(self.fill(known, stored)?)
    }

    /// The keys of the rows from this one on.
    pub(super) fn keys(&self, known: usize) -> Vec<Key> {
        let new = self.rows[known..].iter();
        new.map(|held| held.key.clone()).collect()
    }

    /// The rows from this one on, as they were read.
    pub(super) fn fill(
        &mut self,
        known: usize,
        stored: Vec<Option<String>>,
    ) -> Result<(), ReadModelError> {
        for (held, stored) in self.rows[known..].iter_mut().zip(stored) {
            self.bytes += stored.as_ref().map_or(0, String::len);
            held.read(&self.table, stored)?;
        }
        Ok(())
    }

    /// Takes the steps in order. Their rows were loaded.
    pub(super) fn run(&mut self, steps: Vec<Placed<P>>) -> Result<(), ProjectionError> {
        for Placed { mut step, rows } in steps {
            for place in rows {
                let held = &mut self.rows[place];
                let row = caught(|| (step.run)(&held.key, &mut held.row));
                let row = row.map_err(|error| {
                    ProjectionError::failed(&self.table.name, step.at, &held.key, error)
                })?;
                held.exists = row == Row::Keep;
                if !held.exists {
                    held.row = P::default();
                }
                if held.touched.replace(step.at).is_none() {
                    self.touched.push(place);
                }
            }
        }
        Ok(())
    }

    /// The rows that are not as they were, which from now on count as stored.
    pub(super) fn changed(&mut self) -> Result<Vec<Changed>, ProjectionError> {
        let mut changed = Vec::with_capacity(self.touched.len());
        for place in self.touched.drain(..) {
            let held = &mut self.rows[place];
            let at = held.touched.take().unwrap_or_default();
            let after = held.write(&self.table)?;
            if after != held.stored {
                self.bytes += after.as_ref().map_or(0, |row| row.len());
                let before = std::mem::replace(&mut held.stored, after.clone());
                changed.push(Changed {
                    key: held.key.clone(),
                    before,
                    after,
                    at,
                });
            }
        }
        Ok(changed)
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

impl<P: Projection> Held<P> {
    fn new(key: Key) -> Self {
        Self {
            key,
            row: P::default(),
            exists: false,
            stored: None,
            touched: None,
        }
    }

    fn read(&mut self, table: &Table, stored: Option<String>) -> Result<(), ReadModelError> {
        if let Some(stored) = stored {
            self.row = decode(table, &self.key, &stored)?;
            self.exists = true;
            self.stored = Some(stored.into());
        }
        Ok(())
    }

    fn write(&self, table: &Table) -> Result<Option<Arc<str>>, ProjectionError> {
        if !self.exists {
            return Ok(None);
        }
        let unwritable = |message| ProjectionError::Unwritable {
            table: table.name.to_string(),
            key: self.key.clone(),
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
