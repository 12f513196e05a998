//! Giving the writing of a model to one.

use eventsource_core::read_model::{Claim, Claimed, Model, Place, Progress};
use eventsource_core::{Horizon, ReadModelError};
use rusqlite::Connection;

use super::parked::ParkedKeys;
use super::registry::{self, Entry};
use super::stored_table::KnownTable;
use super::{names, rows, view};
use crate::fault::{Answered, Fault};

pub(super) fn claim(connection: &Connection, claim: &Claim) -> Answered<Claimed, ReadModelError> {
    let model = &claim.model;
    let entries = registry::all(connection)?;
    if let Err(refusal) = check(connection, model, &entries)? {
        return Ok(Err(refusal));
    }
    let at = |place| {
        let mut entries = entries.iter();
        entries.find(move |entry| entry.is_of(model) && entry.place == place)
    };
    let mut there = [at(Place::Main), at(claim.place)].into_iter().flatten();
    if there.any(|entry| entry.inline.is_some()) {
        let model = model.to_string();
        return Ok(Err(ReadModelError::Inline { model }));
    }
    // There is a main place as soon as there is a model.
    let main = match at(Place::Main) {
        Some(main) => main.clone(),
        None => match make(connection, model, Place::Main, begun(claim, claim.start))? {
            Ok(main) => main,
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    if main.progress.source != claim.source {
        return Ok(Err(ReadModelError::OtherStore {
            model: model.to_string(),
            found: main.progress.source,
            source_store: claim.source,
        }));
    }
    let mut claimed = match claim.place {
        Place::Main => match &main.progress.lease {
            Some(lease) if claim.is_shut_out_by(lease) => {
                return Ok(Ok(Claimed::Held(lease.clone())));
            }
            _ => main,
        },
        Place::Beside => match begin_anew(connection, claim, &main, at(Place::Beside))? {
            Ok(beside) => beside,
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    claimed.complete(model);
    let progress = &mut claimed.progress;
    progress.checkpoint.epoch += 1;
    progress.lease = Some(claim.lease(progress.checkpoint.epoch));
    claimed.save(connection)?;
    Ok(Ok(Claimed::Taken(claimed.progress)))
}

/// Whether the tables and names of a model are its own.
pub(super) fn check(
    connection: &Connection,
    model: &Model,
    entries: &[Entry],
) -> Answered<(), ReadModelError> {
    match check_tables(model, entries) {
        Ok(()) => super::free_names::check(connection, model, entries),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// A table belongs to one model, and a model keeps its tables.
fn check_tables(model: &Model, entries: &[Entry]) -> Result<(), ReadModelError> {
    for entry in entries {
        if entry.is_of(model) {
            entry.check(model)?;
            continue;
        }
        let is_theirs = |table| entry.tables.iter().any(|it| it.is_named_like(table));
        if model.tables.iter().any(is_theirs) {
            return Err(entry.other(model));
        }
    }
    Ok(())
}

/// What was beside was begun by somebody else, and who goes on would not know what he read.
fn begin_anew(
    connection: &Connection,
    claim: &Claim,
    main: &Entry,
    old: Option<&Entry>,
) -> Answered<Entry, ReadModelError> {
    if let Some(old) = old {
        old.remove(connection)?;
        drop_tables(connection, old)?;
        ParkedKeys::of(connection, old).remove()?;
    }
    let begun = begun(claim, Horizon::START);
    let mut made = match make(connection, &claim.model, Place::Beside, begun)? {
        Ok(made) => made,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Higher than that of anybody who was here before, also before it was switched.
    let before = [Some(main), old].into_iter().flatten();
    let epochs = before.map(|entry| entry.progress.checkpoint.epoch);
    made.progress.checkpoint.epoch = epochs.max().unwrap_or_default();
    Ok(Ok(made))
}

fn begun(claim: &Claim, start: Horizon) -> Progress {
    let mut progress = Progress::new(claim.source);
    progress.checkpoint.at = start;
    progress
}

pub(super) fn make(
    connection: &Connection,
    model: &Model,
    place: Place,
    progress: Progress,
) -> Answered<Entry, ReadModelError> {
    for table in &model.tables {
        let table = KnownTable::of(table);
        let name = table.sql_name(place);
        if super::free_names::find(connection, &name)?.is_some() {
            let model = model.to_string();
            return Ok(Err(super::free_names::taken(
                &model,
                &name,
                "a table, view or index",
            )));
        }
        if let Err(refusal) = view::check(connection, &table.name)? {
            return Ok(Err(refusal));
        }
        connection.execute_batch(&rows::create(&table, place))?;
    }
    let entry = Entry::new(connection, model, place, progress)?;
    entry.save(connection)?;
    Ok(Ok(entry))
}

pub(super) fn drop_tables(connection: &Connection, entry: &Entry) -> Result<(), Fault> {
    for table in &entry.tables {
        let name = names::quoted(&table.sql_name(entry.place));
        connection.execute_batch(&format!("DROP TABLE IF EXISTS {name}"))?;
    }
    Ok(())
}
