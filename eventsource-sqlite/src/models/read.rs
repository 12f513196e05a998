//! Reading models.

use std::sync::Arc;

use eventsource_core::engine::models::{ModelCatalog, ModelEntry};
use eventsource_core::read_model::{
    Model, Parked, Place, Progress, Rows as Found, Select, SelectParked, StoredModel, Table,
};
use eventsource_core::{Key, Position, ReadModelError};
use rusqlite::Connection;

use super::parked::ParkedKeys;
use super::refusal::Outcome;
use super::registry;
use super::rows::Rows;
use crate::fault::Fault;
use crate::tables::commits;

pub(crate) fn rows(
    connection: &Connection,
    table: &Table,
    place: Place,
    keys: &[Key],
) -> Outcome<Vec<Option<Arc<str>>>> {
    with_rows(connection, table, place)?;
    Ok(Rows::new(connection, table, place).get(keys)?)
}

pub(crate) fn progress(
    connection: &Connection,
    table: &Table,
    place: Place,
) -> Outcome<Option<Progress>> {
    let owner = registry::owner_at(connection, table, place)?;
    Ok(owner.map(|entry| now(connection, entry)).transpose()?)
}

pub(crate) fn progress_of(
    connection: &Connection,
    model: &Model,
    place: Place,
) -> Outcome<Option<Progress>> {
    let entry = registry::at(connection, model, place)?;
    Ok(entry.map(|entry| now(connection, entry)).transpose()?)
}

pub(crate) fn read(connection: &Connection, table: &Table, select: Select) -> Outcome<Found> {
    let owner = with_rows(connection, table, Place::Main)?;
    let rows = Rows::new(connection, table, Place::Main);
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
    place: Place,
    select: SelectParked,
) -> Outcome<(Progress, Vec<Parked>)> {
    let owner = registry::owner(connection, table, place)?;
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
    place: Place,
    key: &Key,
    limit: usize,
) -> Outcome<Vec<Position>> {
    let owner = registry::owner(connection, table, place)?;
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
fn now(connection: &Connection, mut entry: ModelEntry) -> Result<Progress, Fault> {
    if entry.is_registered() {
        entry.progress.checkpoint.at = commits::end(connection)?;
    }
    Ok(entry.progress)
}

/// The model that keeps rows in the table.
fn with_rows(connection: &Connection, table: &Table, place: Place) -> Outcome<ModelEntry> {
    let owner = registry::owner(connection, table, place)?;
    if owner.tables.contains(table) {
        return Ok(owner);
    }
    let model = table.to_string();
    Err(ReadModelError::Unknown { model }.into())
}
