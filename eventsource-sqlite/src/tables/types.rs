//! The table of the types of events: under which name, in which version and how they are written.
use eventsource_core::Codec;
use eventsource_core::store::{NewEvent, StoreErrorKind, StoredType};
use rusqlite::types::FromSqlError;
use rusqlite::{OptionalExtension, Row, params};

use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::{length, sum};
use crate::file::connection::Connection;

const AT: &str = "SELECT type, name, schema, codec, checksum FROM types WHERE type = ?1";
const ALL: &str = "SELECT type, name, schema, codec, checksum FROM types";
const FIND: &str = "SELECT type FROM types WHERE name = ?1 AND schema = ?2 AND codec = ?3";
const ROWS: &str = "SELECT count(*), coalesce(max(type), 0) FROM types NOT INDEXED";
const ENTRIES: &str = "SELECT count(*), coalesce(max(type), 0) FROM types
    INDEXED BY sqlite_autoindex_types_1";
const LAST: &str = "SELECT coalesce(max(type), 0) FROM types";
const NEXT: &str = "SELECT coalesce(max(type), 0) + 1 FROM types";
const ADD: &str = "INSERT INTO types (type, name, schema, codec, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5)";

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypeRow<'r> {
    pub(crate) number: i64,
    pub(crate) name: &'r str,
    pub(crate) schema: u32,
    pub(crate) codec: &'r str,
}

impl<'r> TypeRow<'r> {
    /// Reads the row, if it is as it was written.
    fn read(row: &'r Row<'_>) -> Result<Self, SqliteFault> {
        let number = row.get(0)?;
        let read = Self::columns(number, row).map_err(|error| damaged(number, &error))?;
        if row.get_ref(4)?.as_i64()? == i64::from(of_type(&read)) {
            Ok(read)
        } else {
            Err(damaged(number, &"it does not match its checksum"))
        }
    }

    fn columns(number: i64, row: &'r Row<'_>) -> Result<Self, FromSqlError> {
        let schema = row.get_ref_unwrap(2).as_i64()?;
        Ok(Self {
            number,
            name: row.get_ref_unwrap(1).as_str()?,
            schema: u32::try_from(schema).map_err(|error| FromSqlError::Other(error.into()))?,
            codec: row.get_ref_unwrap(3).as_str()?,
        })
    }

    fn stored_type(self) -> Result<StoredType, SqliteFault> {
        let codec = Codec::from_name(self.codec).ok_or_else(|| {
            let Self { name, codec, .. } = self;
            let message = format!(
                "events `{name}` are written in `{codec}`, which this program does not know; use a newer one"
            );
            SqliteFault::new(StoreErrorKind::Incompatible, message)
        })?;
        Ok(StoredType::new(self.name, self.schema, codec))
    }
}

/// The type with this number.
pub(crate) fn at(connection: &Connection, number: i64) -> Result<StoredType, SqliteFault> {
    if let Some(known) = connection.types.borrow().get(number) {
        return Ok(known.clone());
    }
    let mut at = connection.prepare_cached(AT)?;
    let mut rows = at.query([number])?;
    let missing = || SqliteFault::corrupt(format!("events have no type {number}; {RESTORE}"));
    let found = TypeRow::read(rows.next()?.ok_or_else(missing)?)?.stored_type()?;
    connection.types.borrow_mut().put(number, found.clone());
    Ok(found)
}

/// Compares every row with its checksum.
pub(crate) fn check_all(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(ALL)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        TypeRow::read(row)?;
    }
    Ok(())
}

/// The number of the event's type, if there is one.
pub(crate) fn find(connection: &Connection, event: &NewEvent) -> Result<Option<i64>, SqliteFault> {
    if let Some(known) = connection.numbers.borrow().get(event) {
        return Ok(Some(known));
    }
    let mut find = connection.prepare_cached(FIND)?;
    let key = params![event.name, event.schema, event.codec.name()];
    let found = find.query_row(key, |row| row.get(0)).optional()?;
    if found.is_none() {
        check_numbers(connection)?;
    }
    let number = found
        .map(|number| checked(connection, number, event))
        .transpose()?;
    if let Some(number) = number {
        connection.numbers.borrow_mut().put(event, number);
    }
    Ok(number)
}

/// The number of the event's type, in the writer's transaction, which adds it if it is new.
pub(crate) fn number_of(connection: &Connection, event: &NewEvent) -> Result<i64, SqliteFault> {
    if let Some(known) = find(connection, event)? {
        return Ok(known);
    }
    let number = add(connection, event)?;
    connection.numbers.borrow_mut().put(event, number);
    Ok(number)
}

/// The number of a type that an index led to, if it is that of the event.
fn checked(connection: &Connection, number: i64, event: &NewEvent) -> Result<i64, SqliteFault> {
    let found = at(connection, number)?;
    if (&*found.name, found.schema, found.codec) == (&*event.name, event.schema, event.codec) {
        return Ok(number);
    }
    Err(damaged(number, &"its index has it under another name"))
}

/// Refuses a table in which a type is damaged: its events would not be found by their name. It is
/// looked at again when there is a new type.
pub(crate) fn check_names(connection: &Connection) -> Result<(), SqliteFault> {
    let mut last = connection.prepare_cached(LAST)?;
    let last = last.query_row([], |row| row.get(0))?;
    if connection.checked_types.get() < last {
        check_numbers(connection)?;
        check_all(connection)?;
        connection.checked_types.set(last);
    }
    Ok(())
}

/// Refuses to take a type for one that is not there where its row or its entry in the index may be
/// lost: its number would be given to another, or it would have two.
fn check_numbers(connection: &Connection) -> Result<(), SqliteFault> {
    let ends = |sql: &str| {
        let mut ends = connection.prepare_cached(sql)?;
        Ok::<(u64, u64), SqliteFault>(ends.query_row([], |row| row.try_into())?)
    };
    let (rows, last) = ends(ROWS)?;
    if rows == last && ends(ENTRIES)? == (rows, last) {
        return Ok(());
    }
    Err(SqliteFault::corrupt(format!(
        "the file is damaged: a type of events is missing, or its index lacks it; {RESTORE}"
    )))
}

fn add(connection: &Connection, event: &NewEvent) -> Result<i64, SqliteFault> {
    let number = connection
        .prepare_cached(NEXT)?
        .query_row([], |row| row.get(0))?;
    let row = TypeRow {
        number,
        name: &event.name,
        schema: event.schema,
        codec: event.codec.name(),
    };
    let checksum = of_type(&row);
    let mut add = connection.prepare_cached(ADD)?;
    add.execute(params![number, row.name, row.schema, row.codec, checksum])?;
    Ok(number)
}

fn damaged(number: i64, why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "type {number} of events is damaged: {why}; {RESTORE}"
    ))
}

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_type(of: &TypeRow<'_>) -> u32 {
    let texts = [of.name.as_bytes(), of.codec.as_bytes()];
    let (number, schema) = (of.number.cast_unsigned(), u64::from(of.schema));
    let numbers = [number, schema, length(of.name.as_bytes())];
    sum(numbers, texts)
}
