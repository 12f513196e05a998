//! Giving the writing of a model to one.

use eventsource_core::{Claim, Claimed, Model, Place, Position, Progress, ReadModelError};
use rusqlite::Connection;

use super::catalogue::{self, Entry};
use super::known::KnownTable;
use super::parked::ParkedKeys;
use super::{names, rows, view};
use crate::fault::{Answered, Fault};

pub(super) fn claim(connection: &Connection, claim: &Claim) -> Answered<Claimed, ReadModelError> {
    let model = &claim.model;
    let entries = catalogue::all(connection)?;
    if let Err(refusal) = check_tables(model, &entries) {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = names::check(connection, model, &entries)? {
        return Ok(Err(refusal));
    }
    let at = |place| {
        let mut entries = entries.iter();
        entries.find(move |entry| entry.is_of(model) && entry.place == place)
    };
    // There is a main place as soon as there is a model.
    let main = match at(Place::Main) {
        Some(main) => main.clone(),
        None => match make(connection, claim, Place::Main, claim.start)? {
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
    let progress = &mut claimed.progress;
    progress.checkpoint.epoch += 1;
    progress.lease = Some(claim.lease(progress.checkpoint.epoch));
    claimed.save(connection)?;
    Ok(Ok(Claimed::Taken(claimed.progress)))
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
        drop_tables(connection, old)?;
        ParkedKeys::of(connection, old).remove()?;
    }
    let mut made = match make(connection, claim, Place::Beside, Position::START)? {
        Ok(made) => made,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Higher than that of anybody who was here before, also before it was switched.
    let before = [Some(main), old].into_iter().flatten();
    let epochs = before.map(|entry| entry.progress.checkpoint.epoch);
    made.progress.checkpoint.epoch = epochs.max().unwrap_or_default();
    Ok(Ok(made))
}

fn make(
    connection: &Connection,
    claim: &Claim,
    place: Place,
    start: Position,
) -> Answered<Entry, ReadModelError> {
    let model = &claim.model;
    for table in &model.tables {
        let table = KnownTable::of(table);
        let name = table.sql_name(place);
        if names::find(connection, &name)?.is_some() {
            let model = model.to_string();
            return Ok(Err(names::taken(&model, &name, "a table, view or index")));
        }
        if let Err(refusal) = view::check(connection, &table.name)? {
            return Ok(Err(refusal));
        }
        connection.execute_batch(&rows::create(&table, place))?;
    }
    let mut progress = Progress::new(claim.source);
    progress.checkpoint.position = start;
    let entry = Entry::new(model, place, progress);
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
