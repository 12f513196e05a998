//! Putting what was built beside in the main place.

use eventsource_core::read_model::{Checkpoint, Model, Place};
use eventsource_core::store::StoreErrorKind;
use eventsource_core::{Horizon, ReadModelError};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::names::quoted;
use super::parked::ParkedKeys;
use super::registry::{self, Entry};
use super::stored_table::KnownTable;
use super::view;
use crate::fault::{Answered, Fault};

pub(super) fn switch(
    connection: &Connection,
    model: &Model,
    at: Checkpoint,
    lost: Option<Horizon>,
) -> Answered<Option<Checkpoint>, ReadModelError> {
    let named = (&*model.name, model.version);
    let main = registry::find(connection, named, Place::Main)?;
    let beside = registry::find(connection, named, Place::Beside)?;
    let (Some(main), Some(beside)) = (main, beside) else {
        let model = model.to_string();
        return Ok(Err(ReadModelError::Unknown { model }));
    };
    if beside.progress.checkpoint != at {
        let model = model.to_string();
        return Ok(Err(ReadModelError::TakenOver { model }));
    }
    let main_at = main.progress.checkpoint.at;
    let is_behind = at.at.position().offset() < main_at.position().offset();
    if is_behind && lost != Some(main_at) {
        return Ok(Ok(None));
    }
    let parked = (beside.progress.parked, main.progress.parked);
    if parked.0 > parked.1 {
        return Ok(Err(ReadModelError::MoreParked {
            model: model.to_string(),
            beside: parked.0,
            main: parked.1,
        }));
    }
    replace(connection, &main, beside)
}

pub(super) fn replace(
    connection: &Connection,
    main: &Entry,
    beside: Entry,
) -> Answered<Option<Checkpoint>, ReadModelError> {
    // Somebody may have put something else in their place.
    if let Err(refusal) = view::check_all(connection, &main.tables)? {
        return Ok(Err(refusal));
    }
    for table in &main.tables {
        view::remove(connection, &table.name)?;
        replace_table(connection, table)?;
    }
    ParkedKeys::of(connection, main).remove()?;
    main.remove(connection)?;
    let (mut now, epoch) = (beside, main.progress.checkpoint.epoch);
    let checkpoint = &mut now.progress.checkpoint;
    checkpoint.epoch = checkpoint.epoch.max(epoch) + 1;
    let checkpoint = *checkpoint;
    if let Some(lease) = &mut now.progress.lease {
        lease.epoch = checkpoint.epoch;
    }
    now.progress.serving = true;
    now.place = Place::Main;
    now.save(connection)?;
    view::refresh(connection, &now.tables)?;
    Ok(Ok(Some(checkpoint)))
}

/// Indexes and triggers that users made go with a table, so they are made anew.
fn replace_table(connection: &Connection, table: &KnownTable) -> Result<(), Fault> {
    let new = quoted(&table.sql_name(Place::Beside));
    replace_with(connection, &new, &table.sql_name(Place::Main))
}

/// Puts a table in the place of another one, with the indexes and triggers of that.
pub(super) fn replace_with(connection: &Connection, new: &str, name: &str) -> Result<(), Fault> {
    let made = made_by_users(connection, name)?;
    let old = quoted(name);
    connection.execute_batch(&format!("DROP TABLE {old}"))?;
    rename(connection, new, &old)?;
    for sql in made {
        connection.execute_batch(&sql).map_err(|error| {
            let message = format!("the indexes and triggers that were added to {old} do not fit any more; drop those that name what is gone");
            Fault::from(error).told(StoreErrorKind::Unsupported, message)
        })?;
    }
    Ok(())
}

fn made_by_users(connection: &Connection, table: &str) -> Result<Vec<String>, Fault> {
    const MADE: &str = "SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE
        AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name";
    let mut made = connection.prepare_cached(MADE)?;
    let made = made.query_map([table], |row| row.get(0))?;
    Ok(made.collect::<rusqlite::Result<_>>()?)
}

/// The legacy way, in which SQLite does not look into views: one that a user made of the table
/// has nothing to show at this moment, and means the same afterwards.
fn rename(connection: &Connection, from: &str, to: &str) -> Result<(), Fault> {
    let legacy = DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE;
    connection.set_db_config(legacy, true)?;
    let renamed = connection.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"));
    connection.set_db_config(legacy, false)?;
    Ok(renamed?)
}
