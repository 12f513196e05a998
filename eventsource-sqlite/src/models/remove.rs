//! Removing old versions.

use eventsource_core::ReadModelError;
use eventsource_core::read_model::{Model, Place};
use rusqlite::Connection;

use super::inline::Inline;
use super::parked::ParkedKeys;
use super::registry::{self, Entry};
use super::{claim, view};
use crate::fault::Answered;

/// Removes every version below this one. Tables that handlers made are theirs, and stay.
pub(super) fn remove_older(
    connection: &Connection,
    model: &Model,
) -> Answered<Vec<u32>, ReadModelError> {
    let named = (&*model.name, model.version);
    let Some(main) = registry::find(connection, named, Place::Main)? else {
        let model = model.to_string();
        return Ok(Err(ReadModelError::Unknown { model }));
    };
    if !main.progress.serving {
        let position = main.progress.checkpoint.at.position();
        return Ok(Err(ReadModelError::Rebuilding {
            model: model.to_string(),
            position,
            head: position,
            parked: main.progress.parked,
        }));
    }
    let mut older = registry::all(connection)?;
    older.retain(|entry| model.replaces(&entry.name, entry.version));
    // One that appends need goes when a newer one takes its place.
    let is_needed = |entry: &&Entry| entry.inline == Some(Inline::Registered);
    if let Some(needed) = older.iter().find(is_needed) {
        let model = format!("`{}` version {}", needed.name, needed.version);
        return Ok(Err(ReadModelError::Inline { model }));
    }
    let older = older.into_iter();
    remove(connection, older)
}

/// Gives up an inline projection, in every version: appends need it no more, and its rows are gone.
pub(super) fn remove_inline(
    connection: &Connection,
    name: &str,
) -> Answered<Vec<u32>, ReadModelError> {
    let entries = registry::all(connection)?.into_iter();
    remove(
        connection,
        entries.filter(|entry| entry.name == name && entry.inline.is_some()),
    )
}

/// Removes models with their tables, and tells in which versions.
pub(super) fn remove(
    connection: &Connection,
    entries: impl Iterator<Item = Entry>,
) -> Answered<Vec<u32>, ReadModelError> {
    let mut versions = Vec::new();
    for entry in entries {
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
