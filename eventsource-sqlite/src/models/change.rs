//! Making the changes of a decision.

use eventsource_core::engine::models::{ModelCatalog, ModelChange, ModelDecision, ModelEntry};
use eventsource_core::read_model::ModelNamesError;
use rusqlite::Connection;

use super::Outcome;
use super::parked::ParkedKeys;
use super::{free_names, names, registry, rows, switch, view};
use crate::failure::Failure;

/// Lets the engine decide on all entries, and makes the changes of its decision.
pub(super) fn decide<T, E: From<ModelNamesError>>(
    connection: &Connection,
    decide: impl FnOnce(ModelCatalog<'_>) -> Result<ModelDecision<T>, E>,
) -> Outcome<T, E> {
    let entries = registry::all(connection)?;
    let decision = decide(ModelCatalog::new(&entries)).map_err(Failure::Refused)?;
    apply(connection, decision.changes).map_err(Failure::convert)?;
    Ok(decision.answer)
}

pub(super) fn apply(
    connection: &Connection,
    changes: Vec<ModelChange>,
) -> Outcome<(), ModelNamesError> {
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

fn create(connection: &Connection, entry: &ModelEntry) -> Outcome<(), ModelNamesError> {
    free_names::check(connection, entry)?;
    for table in &entry.tables {
        connection.execute_batch(&rows::create(table, entry.generation))?;
    }
    Ok(registry::save(connection, entry)?)
}

pub(super) fn serve(connection: &Connection, entry: &ModelEntry) -> Outcome<(), ModelNamesError> {
    view::check_all(connection, &entry.tables)?;
    registry::save(connection, entry)?;
    Ok(view::refresh(connection, &entry.tables)?)
}

fn remove(connection: &Connection, entry: &ModelEntry) -> Outcome<(), ModelNamesError> {
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
