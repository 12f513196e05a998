//! Reading models.

use std::sync::Arc;

use eventsource_core::read_model::{
    Model, ModelKind, Parked, Place, Progress, Rows as Found, Select, SelectParked, StoredModel,
    Table,
};
use eventsource_core::{Key, Position, ReadModelError};
use rusqlite::Connection;

use super::inline::Inline;
use super::parked::ParkedKeys;
use super::registry::{self, Entry};
use super::rows::Rows;
use super::stored_table::KnownTable;
use crate::fault::{Answered, Fault};
use crate::tables::commits;

pub(crate) fn rows(
    connection: &Connection,
    table: &Table,
    place: Place,
    keys: &[Key],
) -> Answered<Vec<Option<Arc<str>>>, ReadModelError> {
    if with_rows(connection, table, place)?.is_none() {
        return Ok(Err(unknown(table)));
    }
    let rows = Rows::new(connection, &KnownTable::of(table), place);
    Ok(Ok(rows.get(keys)?))
}

pub(crate) fn progress(
    connection: &Connection,
    table: &Table,
    place: Place,
) -> Result<Option<Progress>, Fault> {
    let owner = registry::owner(connection, table, place)?;
    owner.map(|entry| now(connection, entry)).transpose()
}

pub(crate) fn progress_of(
    connection: &Connection,
    model: &Model,
    place: Place,
) -> Result<Option<Progress>, Fault> {
    let entry = registry::find(connection, (&model.name, model.version), place)?;
    entry.map(|entry| now(connection, entry)).transpose()
}

pub(crate) fn read(
    connection: &Connection,
    table: &Table,
    select: Select,
) -> Answered<Found, ReadModelError> {
    let Some(owner) = with_rows(connection, table, Place::Main)? else {
        return Ok(Err(unknown(table)));
    };
    let rows = Rows::new(connection, &KnownTable::of(table), Place::Main);
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
    Ok(Ok(found))
}

pub(crate) fn parked(
    connection: &Connection,
    table: &Table,
    place: Place,
    select: SelectParked,
) -> Answered<(Progress, Vec<Parked>), ReadModelError> {
    let Some(owner) = registry::owner(connection, table, place)? else {
        return Ok(Err(unknown(table)));
    };
    // Whoever waits asks this again and again, and most of the time there is none.
    let parked = match owner.progress.parked {
        0 => Vec::new(),
        _ => ParkedKeys::of(connection, &owner).select(select)?,
    };
    Ok(Ok((now(connection, owner)?, parked)))
}

pub(crate) fn waiting(
    connection: &Connection,
    table: &Table,
    place: Place,
    key: &Key,
    limit: usize,
) -> Answered<Vec<Position>, ReadModelError> {
    let Some(owner) = registry::owner(connection, table, place)? else {
        return Ok(Err(unknown(table)));
    };
    Ok(Ok(ParkedKeys::of(connection, &owner).waiting(key, limit)?))
}

pub(crate) fn models(connection: &Connection) -> Result<Vec<StoredModel>, Fault> {
    let stored = |entry: Entry| {
        Ok(StoredModel {
            name: entry.name.clone(),
            version: entry.version,
            kind: match entry.version {
                0 => ModelKind::Reactor,
                _ => ModelKind::Projection,
            },
            place: entry.place,
            progress: now(connection, entry)?,
        })
    };
    let models = registry::all(connection)?.into_iter().map(stored);
    let mut models = models.collect::<Result<Vec<_>, Fault>>()?;
    models.sort_by(|one, other| {
        let key = |it: &StoredModel| (it.version, it.place);
        (&one.name, key(one)).cmp(&(&other.name, key(other)))
    });
    Ok(models)
}

/// How far it is. What changes with every append is where the events end.
fn now(connection: &Connection, mut entry: Entry) -> Result<Progress, Fault> {
    if entry.inline == Some(Inline::Registered) {
        entry.progress.checkpoint.at = commits::end(connection)?;
    }
    Ok(entry.progress)
}

/// The model that keeps rows in the table.
fn with_rows(connection: &Connection, table: &Table, place: Place) -> Result<Option<Entry>, Fault> {
    let owner = registry::owner(connection, table, place)?;
    Ok(owner.filter(|entry| entry.has(table)))
}

pub(crate) fn unknown(table: &Table) -> ReadModelError {
    ReadModelError::Unknown {
        model: table.to_string(),
    }
}
