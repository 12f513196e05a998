//! The rows of one table.

use std::borrow::Cow;
use std::sync::Arc;

use eventsource_core::Key;
use eventsource_core::read_model::{Generation, Table};
use eventsource_core::store::StoreErrorKind;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::names::{self, quoted};
use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::{length, sum};

/// Makes the table. The bytes of the key are its order; the parts stand beside them for people. A
/// column of type `ANY` keeps what it is given as it is: an integer or a text.
pub(super) fn create(table: &Table, generation: Generation) -> String {
    create_as(table, &names::table(table, generation))
}

/// The same under a name of its own.
pub(super) fn create_as(table: &Table, name: &str) -> String {
    let columns = columns(table).map(|column| format!("{column} ANY NOT NULL, "));
    format!(
        "CREATE TABLE {} (\"row_key\" BLOB NOT NULL PRIMARY KEY, {}\"row\" TEXT NOT NULL, \
        \"row_checksum\" INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        quoted(name),
        columns.collect::<String>(),
    )
}

/// The statements on a table, and its keys.
pub(super) struct Rows<'c> {
    connection: &'c Connection,
    name: String,
    /// The columns of the parts, each with a comma after it.
    columns: String,
    parts: usize,
}

impl<'c> Rows<'c> {
    pub(super) fn new(connection: &'c Connection, table: &Table, generation: Generation) -> Self {
        Self::named(connection, table, &names::table(table, generation))
    }

    /// Those of a table under a name of its own.
    pub(super) fn named(connection: &'c Connection, table: &Table, name: &str) -> Self {
        Self {
            connection,
            name: quoted(name),
            columns: columns(table).map(|column| column + ", ").collect(),
            parts: table.key.len(),
        }
    }

    /// Writes or deletes rows.
    pub(super) fn write<'r>(
        &self,
        rows: impl Iterator<Item = (&'r Key, Option<&'r str>)>,
    ) -> Result<(), SqliteFault> {
        let (name, columns) = (&self.name, &self.columns);
        let values = vec!["?"; self.parts + 3].join(", ");
        // Not `INSERT OR REPLACE`, by which an index of the user's would remove other rows.
        let put = format!(
            "INSERT INTO {name} (\"row_key\", {columns}\"row\", \"row_checksum\")
            VALUES ({values})
            ON CONFLICT (\"row_key\") DO UPDATE
            SET \"row\" = excluded.\"row\", \"row_checksum\" = excluded.\"row_checksum\""
        );
        let mut put = self.connection.prepare_cached(&put)?;
        let delete = format!("DELETE FROM {name} WHERE \"row_key\" = ?1");
        let mut delete = self.connection.prepare_cached(&delete)?;
        for (key, row) in rows {
            let changed = match row {
                Some(row) => {
                    let parts = (0..self.parts).map(|index| part(key, index));
                    let texts = [blob(key), text(row), integer(checksum(key, row).into())];
                    let [key, row, sum] = texts;
                    let values = [key].into_iter().chain(parts).chain([row, sum]);
                    put.execute(params_from_iter(values))
                }
                None => delete.execute(params![blob(key)]),
            };
            changed.map_err(|error| self.write_fault(error))?;
        }
        Ok(())
    }

    /// The rows under these keys.
    pub(super) fn get(&self, keys: &[Key]) -> Result<Vec<Option<Arc<str>>>, SqliteFault> {
        let name = &self.name;
        let get = format!("SELECT \"row\", \"row_checksum\" FROM {name} WHERE \"row_key\" = ?1");
        let mut get = self.connection.prepare_cached(&get)?;
        let mut row = |key: &Key| {
            let row = get.query_row(params![blob(key)], |row| Ok(self.read(key, row, 0)));
            row.optional()?.transpose()
        };
        keys.iter().map(&mut row).collect()
    }

    /// The first rows after a key.
    pub(super) fn page(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Arc<str>)>, SqliteFault> {
        let name = &self.name;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // No key is less than the empty one.
        let page = format!(
            "SELECT \"row_key\", \"row\", \"row_checksum\" FROM {name}
            WHERE \"row_key\" > ?1 ORDER BY \"row_key\" LIMIT ?2"
        );
        let mut page = self.connection.prepare_cached(&page)?;
        let after = after.map(Key::as_bytes).unwrap_or_default();
        let mut rows = page.query(params![after, limit])?;
        let mut found: Vec<(Key, _)> = Vec::new();
        while let Some(row) = rows.next()? {
            let key = self.key(row)?;
            let last = found.last().map_or(after, |(last, _)| last.as_bytes());
            if key.as_bytes() <= last {
                return Err(self.out_of_order());
            }
            let text = self.read(&key, row, 1)?;
            found.push((key, text));
        }
        Ok(found)
    }

    fn key(&self, row: &Row<'_>) -> Result<Key, SqliteFault> {
        let bytes = row.get_ref(0)?.as_blob().ok();
        let key = bytes.and_then(|bytes| Key::from_bytes(bytes).ok());
        key.ok_or_else(|| self.damaged())
    }

    /// Compares every row with its checksum, the columns of its parts with its key, and its place
    /// with the key.
    pub(super) fn check_all(&self) -> Result<(), SqliteFault> {
        let (name, columns) = (&self.name, &self.columns);
        let all = format!(
            "SELECT \"row_key\", {columns}\"row\", \"row_checksum\" FROM {name} ORDER BY \"row_key\""
        );
        let mut all = self.connection.prepare(&all)?;
        let (mut rows, mut last) = (all.query([])?, Vec::new());
        while let Some(row) = rows.next()? {
            let key = self.key(row)?;
            self.read(&key, row, 1 + self.parts)?;
            for index in 0..self.parts {
                if row.get::<_, Value>(1 + index)? != part_value(&key, index) {
                    return Err(self.damaged());
                }
            }
            if key.as_bytes() <= &*last {
                return Err(self.out_of_order());
            }
            last = key.as_bytes().to_vec();
        }
        Ok(())
    }

    pub(super) fn count(&self) -> Result<u64, SqliteFault> {
        let count = format!("SELECT count(*) FROM {}", self.name);
        let mut count = self.connection.prepare_cached(&count)?;
        Ok(count.query_row([], |row| row.get(0))?)
    }

    /// The row and its checksum, from this column on.
    fn read(&self, key: &Key, row: &Row<'_>, first: usize) -> Result<Arc<str>, SqliteFault> {
        let text = row.get_ref(first)?.as_str().map_err(|_| self.damaged())?;
        let sum: i64 = row.get(first + 1)?;
        if i64::from(checksum(key, text)) == sum {
            return Ok(text.into());
        }
        Err(self.damaged())
    }

    fn out_of_order(&self) -> SqliteFault {
        let name = &self.name;
        let message = format!(
            "the file is damaged: the rows of {name} are not in the order of their keys; rebuild the \
            read model, or {RESTORE}"
        );
        SqliteFault::corrupt(message)
    }

    fn damaged(&self) -> SqliteFault {
        let name = &self.name;
        let message = format!(
            "a row of {name} is not what was written, or another program has changed it; \
            rebuild the read model, or {RESTORE}"
        );
        SqliteFault::corrupt(message)
    }

    /// The table itself takes every row.
    fn write_fault(&self, error: rusqlite::Error) -> SqliteFault {
        let is_constraint =
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        let name = &self.name;
        let message =
            format!("an index or a trigger that was added to {name} refuses a row; remove it");
        let fault = SqliteFault::from(error);
        if is_constraint {
            return fault.explain(StoreErrorKind::Unsupported, message);
        }
        fault
    }
}

fn columns(table: &Table) -> impl Iterator<Item = String> {
    table.key.iter().map(|part| quoted(part))
}

fn checksum(key: &Key, row: &str) -> u32 {
    let key = key.as_bytes();
    sum([length(key)], [key, row.as_bytes()])
}

fn blob(key: &Key) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Blob(key.as_bytes()))
}

fn text(row: &str) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(row.as_bytes()))
}

fn integer<'v>(integer: i64) -> ToSqlOutput<'v> {
    ToSqlOutput::Borrowed(ValueRef::Integer(integer))
}

/// The part of this index; every key has as many as its table has names.
fn part(key: &Key, index: usize) -> ToSqlOutput<'_> {
    match key.text(index) {
        Some(Cow::Borrowed(part)) => text(part),
        Some(Cow::Owned(part)) => ToSqlOutput::Owned(Value::Text(part)),
        None => integer(key.integer(index).unwrap_or_default()),
    }
}

fn part_value(key: &Key, index: usize) -> Value {
    match part(key, index) {
        ToSqlOutput::Borrowed(value) => value.try_into().unwrap_or(Value::Null),
        ToSqlOutput::Owned(value) => value,
        _ => Value::Null,
    }
}
