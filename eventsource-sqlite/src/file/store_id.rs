//! The id of a store.

use eventsource_core::uuid::Uuid;
use rusqlite::{Connection, Row, params};

use super::checksum::{length, sum};
use super::columns::uuid;
use crate::fault::{RESTORE, SqliteFault};

const SELECT: &str = "SELECT id, created_at, effects, checksum FROM store";

/// The id of the store.
pub(crate) fn store_id(connection: &Connection) -> Result<Uuid, SqliteFault> {
    connection.query_row(SELECT, [], |row| Ok(read(row)))?
}

/// The id of the store, if this is one of the version that this program writes.
pub(crate) fn find_store_id(connection: &Connection) -> Result<Option<Uuid>, SqliteFault> {
    let columns = "SELECT count(*) FROM pragma_table_info('store') WHERE name = 'checksum'";
    let columns: i64 = connection.query_row(columns, [], |row| row.get(0))?;
    (columns > 0).then(|| store_id(connection)).transpose()
}

/// Writes the row of a new store.
pub(crate) fn add(connection: &Connection, id: Uuid, created_at: i64) -> Result<(), SqliteFault> {
    let add = "INSERT INTO store (id, created_at) VALUES (?1, ?2)";
    connection.execute(add, params![id.to_string(), created_at])?;
    complete(connection)
}

/// Gives the row of the store its checksum, if there is one.
pub(crate) fn complete(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(SELECT)?;
    let mut rows = all.query([])?;
    let row = rows.next()?;
    let Some(checksum) = row.map(checksum).transpose()? else {
        return Ok(());
    };
    drop(rows);
    connection.execute("UPDATE store SET checksum = ?1", [checksum])?;
    Ok(())
}

/// The id, if the row is what was written. Under another id the store would be another one.
fn read(row: &Row<'_>) -> Result<Uuid, SqliteFault> {
    let id = uuid(row, 0)?;
    if row.get::<_, i64>(3)? == i64::from(checksum(row)?) {
        return Ok(id);
    }
    Err(SqliteFault::corrupt(format!(
        "the row of the store is damaged: it does not match its checksum; {RESTORE}"
    )))
}

/// The CRC-32 of all other columns of the row.
fn checksum(row: &Row<'_>) -> Result<u32, SqliteFault> {
    let (id, effects) = (row.get_ref(0)?.as_str()?, row.get_ref(2)?.as_str()?);
    let created_at: i64 = row.get(1)?;
    let numbers = [created_at.cast_unsigned(), length(id.as_bytes())];
    Ok(sum(numbers, [id.as_bytes(), effects.as_bytes()]))
}
