//! Rows that changed and are not written yet, over those of the table.

use std::collections::BTreeMap;
use std::sync::Arc;

use eventsource_core::Key;
use eventsource_core::read_model::{Place, RowWrite};
use rusqlite::Connection;

use super::rows::Rows;
use super::stored_table::KnownTable;
use crate::fault::Fault;

pub(super) struct Overlay<'c> {
    table: Rows<'c>,
    changed: BTreeMap<Key, Option<Arc<str>>>,
}

impl<'c> Overlay<'c> {
    pub(super) fn new(connection: &'c Connection, table: &KnownTable, place: Place) -> Self {
        Self {
            table: Rows::new(connection, table, place),
            changed: BTreeMap::new(),
        }
    }

    pub(super) fn get(&self, keys: &[Key]) -> Result<Vec<Option<Arc<str>>>, Fault> {
        let get = |key: &Key| match self.changed.get(key) {
            Some(row) => Ok(row.clone()),
            None => Ok(self.table.get(std::slice::from_ref(key))?.swap_remove(0)),
        };
        keys.iter().map(get).collect()
    }

    pub(super) fn put(&mut self, rows: Vec<RowWrite>) {
        let rows = rows.into_iter().map(|row| (row.key, row.row));
        self.changed.extend(rows);
    }

    /// Writes them into the table, in the writer's transaction.
    pub(super) fn write(&self) -> Result<(), Fault> {
        let rows = self.changed.iter();
        self.table
            .write(rows.map(|(key, row)| (key, row.as_deref())))
    }
}
