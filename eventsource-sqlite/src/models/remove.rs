//! Removing old versions.

use eventsource_core::{Model, Place, ReadModelError};
use rusqlite::Connection;

use super::catalogue;
use super::parked::ParkedKeys;
use super::{claim, view};
use crate::fault::Answered;

/// Removes every version below this one. Tables that handlers made are theirs, and stay.
pub(super) fn remove_older(
    connection: &Connection,
    model: &Model,
) -> Answered<Vec<u32>, ReadModelError> {
    let named = (&*model.name, model.version);
    let Some(main) = catalogue::find(connection, named, Place::Main)? else {
        let model = model.to_string();
        return Ok(Err(ReadModelError::Unknown { model }));
    };
    if !main.progress.serving {
        let position = main.progress.checkpoint.position;
        return Ok(Err(ReadModelError::Rebuilding {
            model: model.to_string(),
            position,
            head: position,
            parked: main.progress.parked,
        }));
    }
    let entries = catalogue::all(connection)?.into_iter();
    let older = entries.filter(|entry| model.replaces(&entry.name, entry.version));
    let mut versions = Vec::new();
    for entry in older {
        if let Err(refusal) = view::check_all(connection, &entry.tables)? {
            return Ok(Err(refusal));
        }
        entry.remove(connection)?;
        claim::drop_tables(connection, &entry)?;
        ParkedKeys::of(connection, &entry).remove()?;
        view::refresh(connection, &entry.tables)?;
        versions.push(entry.version);
    }
    versions.sort_unstable();
    versions.dedup();
    Ok(Ok(versions))
}
