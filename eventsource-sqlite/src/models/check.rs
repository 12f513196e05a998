//! Looking for damage in read models.

use eventsource_core::engine::models::ModelEntry;
use rusqlite::Row;

use super::rows::Rows;
use super::{free_names, names, parked_row, registry};
use crate::fault::{RESTORE, SqliteFault};
use crate::file::connection::Connection;

const PARKED_EVENTS: &str = "SELECT model, key, position FROM parked_events
    ORDER BY model, key, position";
/// A key is parked as long as an event of it waits, and a model is there as long as a key is parked.
const ALONE: &str = "SELECT (SELECT count(*) FROM parked_keys WHERE NOT EXISTS (
        SELECT 1 FROM parked_events WHERE parked_events.model = parked_keys.model
        AND parked_events.key = parked_keys.key))
    + (SELECT count(*) FROM parked_events WHERE NOT EXISTS (
        SELECT 1 FROM parked_keys WHERE parked_keys.model = parked_events.model
        AND parked_keys.key = parked_events.key))
    + (SELECT count(*) FROM parked_keys WHERE NOT EXISTS (
        SELECT 1 FROM models WHERE models.model = parked_keys.model))";

/// Compares every row of every read model with its checksum and with its key, and the order of the
/// rows with that of their keys.
pub(crate) fn check_all(connection: &Connection) -> Result<(), SqliteFault> {
    for entry in registry::all(connection)? {
        check_tables(connection, &entry)?;
    }
    check_parked_keys(connection)?;
    check_parked_events(connection)?;
    let alone: u64 = connection.query_row(ALONE, [], |row| row.get(0))?;
    if alone == 0 {
        return Ok(());
    }
    Err(damaged(&format!("{alone} of them belong to nothing")))
}

fn check_tables(connection: &Connection, entry: &ModelEntry) -> Result<(), SqliteFault> {
    for table in &entry.tables {
        // Reading reports one that was removed.
        if free_names::find(connection, &names::table(table, entry.generation))?.is_some() {
            Rows::new(connection, table, entry.generation).check_all()?;
        }
    }
    Ok(())
}

fn check_parked_keys(connection: &Connection) -> Result<(), SqliteFault> {
    let all = format!("{} ORDER BY model, key", parked_row::SELECT);
    let (mut all, mut last) = (connection.prepare(&all)?, None);
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let (model, parked) = parked_row::read(row, 0)?;
        if !parked_row::is_readable(&parked.key, row)? {
            return Err(damaged(&"its parts are not those of its key"));
        }
        let key = Some((model, parked.key.as_bytes().to_vec()));
        if key <= last {
            return Err(damaged(&"they are not in order"));
        }
        last = key;
    }
    Ok(())
}

fn check_parked_events(connection: &Connection) -> Result<(), SqliteFault> {
    let (mut all, mut last) = (connection.prepare(PARKED_EVENTS)?, None);
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let key = Some(parked_event(row)?);
        if key <= last {
            return Err(damaged(&"the events that wait are not in order"));
        }
        last = key;
    }
    Ok(())
}

fn parked_event(row: &Row<'_>) -> Result<(i64, Vec<u8>, i64), SqliteFault> {
    let (key, number) = (row.get_ref(1)?, |index| row.get(index));
    Ok((number(0)?, key.as_blob()?.to_vec(), number(2)?))
}

fn damaged(why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!("the parked keys are damaged: {why}; {RESTORE}"))
}
