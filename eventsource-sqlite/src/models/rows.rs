//! The rows of one table.

use std::sync::Arc;

use eventsource_core::Key;
use eventsource_core::projection::KeyPart;
use eventsource_core::read_model::Place;
use eventsource_core::store::StoreErrorKind;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::names::quoted;
use super::stored_table::KnownTable;
use crate::fault::{Fault, RESTORE};

/// Makes the table. A column of type `ANY` keeps what it is given as it is: in no other type do
/// integers and texts stand side by side, in the order of keys.
pub(super) fn create(table: &KnownTable, place: Place) -> String {
    let columns: Vec<String> = columns(table)
        .map(|column| format!("{column} ANY NOT NULL"))
        .collect();
    format!(
        "CREATE TABLE {} ({}, \"row\" TEXT NOT NULL, PRIMARY KEY ({})) STRICT, WITHOUT ROWID",
        quoted(&table.sql_name(place)),
        columns.join(", "),
        key(table),
    )
}

/// The statements on a table, and its keys.
pub(super) struct Rows<'c> {
    connection: &'c Connection,
    name: String,
    /// The columns of the key, separated by commas.
    key: String,
    parts: usize,
}

impl<'c> Rows<'c> {
    pub(super) fn new(connection: &'c Connection, table: &KnownTable, place: Place) -> Self {
        Self {
            connection,
            name: quoted(&table.sql_name(place)),
            key: key(table),
            parts: table.key.len(),
        }
    }

    /// Writes or deletes rows.
    pub(super) fn write<'r>(
        &self,
        rows: impl Iterator<Item = (&'r Key, Option<&'r str>)>,
    ) -> Result<(), Fault> {
        let (name, key, values) = (&self.name, &self.key, self.values());
        // Not `INSERT OR REPLACE`, by which an index of the user's would remove other rows.
        let put = format!(
            "INSERT INTO {name} ({key}, \"row\") VALUES ({values}, ?{})
            ON CONFLICT ({key}) DO UPDATE SET \"row\" = excluded.\"row\"",
            self.parts + 1
        );
        let mut put = self.connection.prepare_cached(&put)?;
        let delete = format!("DELETE FROM {name} WHERE ({key}) = ({values})");
        let mut delete = self.connection.prepare_cached(&delete)?;
        for (key, row) in rows {
            let row = row.map(|row| Value::Text(row.to_owned()));
            let statement = if row.is_some() { &mut put } else { &mut delete };
            let values = key.parts().into_iter().map(value).chain(row);
            statement
                .execute(params_from_iter(values))
                .map_err(|error| self.refused(error))?;
        }
        Ok(())
    }

    /// The rows under these keys.
    pub(super) fn get(&self, keys: &[Key]) -> Result<Vec<Option<Arc<str>>>, Fault> {
        let (name, key, values) = (&self.name, &self.key, self.values());
        let get = format!("SELECT \"row\" FROM {name} WHERE ({key}) = ({values})");
        let mut get = self.connection.prepare_cached(&get)?;
        let mut row = |key: &Key| {
            let values = params_from_iter(key.parts().into_iter().map(value));
            get.query_row(values, |row| row.get(0)).optional()
        };
        keys.iter().map(|key| Ok(row(key)?)).collect()
    }

    /// The first rows after a key.
    pub(super) fn page(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Arc<str>)>, Fault> {
        let (name, key) = (&self.name, &self.key);
        let after_key = match after {
            Some(_) => format!("WHERE ({key}) > ({})", self.values()),
            None => String::new(),
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let page = format!(
            "SELECT {key}, \"row\" FROM {name} {after_key} ORDER BY {key} LIMIT ?{}",
            after.map_or(0, |_| self.parts) + 1
        );
        let mut page = self.connection.prepare_cached(&page)?;
        let after = after.iter().flat_map(|key| key.parts()).map(value);
        let limit = Value::Integer(limit);
        let mut rows = page.query(params_from_iter(after.chain([limit])))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((self.read_key(row)?, row.get(self.parts)?));
        }
        Ok(found)
    }

    pub(super) fn count(&self) -> Result<u64, Fault> {
        let count = format!("SELECT count(*) FROM {}", self.name);
        let mut count = self.connection.prepare_cached(&count)?;
        Ok(count.query_row([], |row| row.get(0))?)
    }

    fn read_key(&self, row: &Row<'_>) -> Result<Key, Fault> {
        let part = |index| match row.get_ref(index)? {
            ValueRef::Integer(integer) => Ok(KeyPart::Integer(integer)),
            ValueRef::Text(_) => Ok(KeyPart::Text(row.get(index)?)),
            _ => {
                let name = &self.name;
                let message = format!("a key in {name} is neither integer nor text; {RESTORE}");
                Err(Fault::corrupt(message))
            }
        };
        let parts = (0..self.parts)
            .map(part)
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(Key::from_parts(parts))
    }

    /// `?1, ?2`, for the parts of a key.
    fn values(&self) -> String {
        let values: Vec<String> = (1..=self.parts)
            .map(|number| format!("?{number}"))
            .collect();
        values.join(", ")
    }

    /// The table itself takes every row.
    fn refused(&self, error: rusqlite::Error) -> Fault {
        let is_constraint =
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        let name = &self.name;
        let message =
            format!("an index or a trigger that was added to {name} refuses a row; remove it");
        let fault = Fault::from(error);
        if is_constraint {
            return fault.told(StoreErrorKind::Unsupported, message);
        }
        fault
    }
}

fn columns(table: &KnownTable) -> impl Iterator<Item = String> {
    table.key.iter().map(|part| quoted(part))
}

fn key(table: &KnownTable) -> String {
    columns(table).collect::<Vec<_>>().join(", ")
}

fn value(part: KeyPart) -> Value {
    match part {
        KeyPart::Integer(integer) => Value::Integer(integer),
        KeyPart::Text(text) => Value::Text(text),
    }
}
