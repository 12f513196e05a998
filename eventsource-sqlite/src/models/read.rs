//! Reading models.

use eventsource_core::engine::models::{ModelCatalog, ModelEntry};
use eventsource_core::read_model::{
    Generation, ModelId, Parked, Progress, Rows as Found, Select, SelectParked, StoredModel, Table,
};
use eventsource_core::{Key, Position, ReadModelError};
use rusqlite::Connection;

use super::Outcome;
use super::parked::ParkedKeys;
use super::registry;
use super::rows::Rows;
use crate::fault::SqliteFault;
use crate::tables::commits;

pub(crate) fn progress(
    connection: &Connection,
    id: &ModelId,
    generation: Generation,
) -> Outcome<Option<Progress>, ReadModelError> {
    let owner = registry::owner_at(connection, id, generation)?;
    Ok(owner.map(|entry| now(connection, entry)).transpose()?)
}

pub(crate) fn rows(
    connection: &Connection,
    table: &Table,
    generation: Generation,
    select: Select,
) -> Outcome<Found, ReadModelError> {
    let owner = registry::with_table(connection, table, generation)?;
    let rows = Rows::new(connection, table, generation);
    let mut found = Found::new(now(connection, owner)?);
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
    id: &ModelId,
    generation: Generation,
    select: SelectParked,
) -> Outcome<(Progress, Vec<Parked>), ReadModelError> {
    let owner = registry::owner(connection, id, generation)?;
    // A caller that waits asks this repeatedly, and most of the time there is none.
    let parked = match owner.progress.parked {
        0 => Vec::new(),
        _ => ParkedKeys::of(connection, &owner).select(select)?,
    };
    Ok((now(connection, owner)?, parked))
}

pub(crate) fn waiting(
    connection: &Connection,
    id: &ModelId,
    generation: Generation,
    key: &Key,
    limit: usize,
) -> Outcome<Vec<Position>, ReadModelError> {
    let owner = registry::owner(connection, id, generation)?;
    Ok(ParkedKeys::of(connection, &owner).waiting(key, limit)?)
}

pub(crate) fn models(connection: &Connection) -> Outcome<Vec<StoredModel>, ReadModelError> {
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
