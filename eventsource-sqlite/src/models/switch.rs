//! Putting what was built beside in the main place.

use eventsource_core::engine::models::ModelEntry;
use eventsource_core::read_model::{Generation, ModelNamesError, Table};
use eventsource_core::store::StoreErrorKind;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::Outcome;
use super::names::{self, quoted};
use super::parked::ParkedKeys;
use super::{registry, view};
use crate::fault::SqliteFault;

/// Removes an entry, and puts another one with its tables in its place.
pub(super) fn replace(
    connection: &Connection,
    old: &ModelEntry,
    new: &ModelEntry,
) -> Outcome<(), ModelNamesError> {
    // Another program may have put something else in their place.
    view::check_all(connection, &old.tables)?;
    for table in &old.tables {
        view::remove(connection, &table.name)?;
        replace_table(connection, table)?;
    }
    ParkedKeys::of(connection, old).remove()?;
    registry::remove(connection, old)?;
    registry::save(connection, new)?;
    Ok(view::refresh(connection, &new.tables)?)
}

/// Indexes and triggers that users made go with a table, so they are made anew.
fn replace_table(connection: &Connection, table: &Table) -> Result<(), SqliteFault> {
    let new = quoted(&names::table(table, Generation::Rebuilding));
    replace_with(connection, &new, &names::table(table, Generation::Serving))
}

/// Puts a table in the place of another one, with the indexes and triggers of that.
pub(super) fn replace_with(
    connection: &Connection,
    new: &str,
    name: &str,
) -> Result<(), SqliteFault> {
    let made = made_by_users(connection, name)?;
    let old = quoted(name);
    connection.execute_batch(&format!("DROP TABLE {old}"))?;
    rename(connection, new, &old)?;
    for sql in made {
        connection.execute_batch(&sql).map_err(|error| {
            let message = format!("the indexes and triggers that were added to {old} do not fit any more; drop those that name what is gone");
            SqliteFault::from(error).explain(StoreErrorKind::Unsupported, message)
        })?;
    }
    Ok(())
}

fn made_by_users(connection: &Connection, table: &str) -> Result<Vec<String>, SqliteFault> {
    const MADE: &str = "SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE
        AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name";
    let mut made = connection.prepare_cached(MADE)?;
    let made = made.query_map([table], |row| row.get(0))?;
    Ok(made.collect::<rusqlite::Result<_>>()?)
}

/// The legacy way, in which SQLite does not look into views: one that a user made of the table
/// has nothing to show at this moment, and means the same afterwards.
fn rename(connection: &Connection, from: &str, to: &str) -> Result<(), SqliteFault> {
    let legacy = DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE;
    connection.set_db_config(legacy, true)?;
    let renamed = connection.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"));
    connection.set_db_config(legacy, false)?;
    Ok(renamed?)
}
