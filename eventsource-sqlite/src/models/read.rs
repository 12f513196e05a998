//! Reading models.

use std::sync::Arc;

use eventsource_core::engine::models::{ModelCatalog, ModelEntry};
use eventsource_core::read_model::{
    Generation, Model, Parked, Progress, Rows as Found, Select, SelectParked, StoredModel, Table,
};
use eventsource_core::{Key, Position, ReadModelError};
use rusqlite::Connection;

use super::parked::ParkedKeys;
use super::refusal::Outcome;
use super::registry;
use super::rows::Rows;
use crate::fault::SqliteFault;
use crate::tables::commits;

pub(crate) fn rows(
    connection: &Connection,
    table: &Table,
    generation: Generation,
    keys: &[Key],
) -> Outcome<Vec<Option<Arc<str>>>> {
    with_rows(connection, table, generation)?;
    Ok(Rows::new(connection, table, generation).get(keys)?)
}

pub(crate) fn progress(
    connection: &Connection,
    table: &Table,
    generation: Generation,
) -> Outcome<Option<Progress>> {
    let owner = registry::owner_at(connection, table, generation)?;
    Ok(owner.map(|entry| now(connection, entry)).transpose()?)
}

pub(crate) fn progress_of(
    connection: &Connection,
    model: &Model,
    generation: Generation,
) -> Outcome<Option<Progress>> {
    let entry = registry::at(connection, model, generation)?;
    Ok(entry.map(|entry| now(connection, entry)).transpose()?)
}

pub(crate) fn read(connection: &Connection, table: &Table, select: Select) -> Outcome<Found> {
    let owner = with_rows(connection, table, Generation::Serving)?;
    let rows = Rows::new(connection, table, Generation::Serving);
    let mut found = Found {
        progress: now(connection, owner)?,
        rows: Vec::new(),
        count: 0,
    };
    match select {
        Select::Keys(keys) => {
            let of_keys = rows.get(&keys)?;
            let there = keys.into_iter().zip(of_keys);
            found.rows = there.filter_map(|(key, row)| Some((key, row?))).collect();
        }
        Select::After { after, limit } => found.rows = rows.page(after.as_ref(), limit)?,
        Select::Count => found.count = rows.count()?,
    }
    Ok(found)
}

pub(crate) fn parked(
    connection: &Connection,
    table: &Table,
    generation: Generation,
    select: SelectParked,
) -> Outcome<(Progress, Vec<Parked>)> {
    let owner = registry::owner(connection, table, generation)?;
    // Whoever waits asks this again and again, and most of the time there is none.
    let parked = match owner.progress.parked {
        0 => Vec::new(),
        _ => ParkedKeys::of(connection, &owner).select(select)?,
    };
    Ok((now(connection, owner)?, parked))
}

pub(crate) fn waiting(
    connection: &Connection,
    table: &Table,
    generation: Generation,
    key: &Key,
    limit: usize,
) -> Outcome<Vec<Position>> {
    let owner = registry::owner(connection, table, generation)?;
    Ok(ParkedKeys::of(connection, &owner).waiting(key, limit)?)
}

pub(crate) fn models(connection: &Connection) -> Outcome<Vec<StoredModel>> {
    let mut entries = registry::all(connection)?;
    for entry in entries.iter_mut().filter(|entry| entry.is_registered()) {
        entry.progress.checkpoint.at = commits::end(connection)?;
    }
    Ok(ModelCatalog::new(&entries).stored_models())
}

/// How far it is. What changes with every append is where the events end.
fn now(connection: &Connection, mut entry: ModelEntry) -> Result<Progress, SqliteFault> {
    if entry.is_registered() {
        entry.progress.checkpoint.at = commits::end(connection)?;
    }
    Ok(entry.progress)
}

/// The model that keeps rows in the table.
fn with_rows(
    connection: &Connection,
    table: &Table,
    generation: Generation,
) -> Outcome<ModelEntry> {
    let owner = registry::owner(connection, table, generation)?;
    if owner.tables.contains(table) {
        return Ok(owner);
    }
    let model = table.to_string();
    Err(ReadModelError::NotFound { model }.into())
}
