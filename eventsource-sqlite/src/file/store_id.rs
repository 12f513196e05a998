//! The id of a store.

use eventsource_core::uuid::Uuid;
use rusqlite::Connection;

use crate::fault::Fault;

/// The id of the store.
pub(crate) fn store_id(connection: &Connection) -> Result<Uuid, Fault> {
    Ok(connection.query_row("SELECT id FROM store", [], |row| {
        super::columns::uuid(row, 0)
    })?)
}

/// The id of the store, if this is one.
pub(crate) fn find_store_id(connection: &Connection) -> Result<Option<Uuid>, Fault> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'store'";
    let tables: i64 = connection.query_row(tables, [], |row| row.get(0))?;
    (tables > 0).then(|| store_id(connection)).transpose()
}
