//! Making the changes of a decision.

use eventsource_core::engine::models::{ModelCatalog, ModelChange, ModelDecision, ModelEntry};
use rusqlite::Connection;

use super::Outcome;
use super::parked::ParkedKeys;
use super::{free_names, names, registry, rows, switch, view};

/// Lets the engine decide on all entries, and makes the changes of its decision.
pub(super) fn decide<T>(
    connection: &Connection,
    decide: impl FnOnce(ModelCatalog<'_>) -> Outcome<ModelDecision<T>>,
) -> Outcome<T> {
    let entries = registry::all(connection)?;
    let decision = decide(ModelCatalog::new(&entries))?;
    apply(connection, decision.changes)?;
    Ok(decision.answer)
}

pub(super) fn apply(connection: &Connection, changes: Vec<ModelChange>) -> Outcome<()> {
    for change in changes {
        match change {
            ModelChange::Create(entry) => create(connection, &entry)?,
            ModelChange::Update(entry) => registry::save(connection, &entry)?,
            ModelChange::Serve(entry) => serve(connection, &entry)?,
            ModelChange::Remove(entry) => remove(connection, &entry)?,
            ModelChange::Replace { old, new } => switch::replace(connection, &old, &new)?,
        }
    }
    Ok(())
}

fn create(connection: &Connection, entry: &ModelEntry) -> Outcome<()> {
    free_names::check(connection, entry)?;
    for table in &entry.tables {
        connection.execute_batch(&rows::create(table, entry.generation))?;
    }
    Ok(registry::save(connection, entry)?)
}

pub(super) fn serve(connection: &Connection, entry: &ModelEntry) -> Outcome<()> {
    view::check_all(connection, &entry.tables)?;
    registry::save(connection, entry)?;
    Ok(view::refresh(connection, &entry.tables)?)
}

fn remove(connection: &Connection, entry: &ModelEntry) -> Outcome<()> {
    let is_viewed = entry.is_serving();
    if is_viewed {
        view::check_all(connection, &entry.tables)?;
    }
    registry::remove(connection, entry)?;
    for table in &entry.tables {
        let name = names::quoted(&names::table(table, entry.generation));
        connection.execute_batch(&format!("DROP TABLE IF EXISTS {name}"))?;
    }
    ParkedKeys::of(connection, entry).remove()?;
    if is_viewed {
        view::refresh(connection, &entry.tables)?;
    }
    Ok(())
}
