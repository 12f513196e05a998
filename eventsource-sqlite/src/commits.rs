//! The table of commits.

use std::sync::Arc;

use eventsource_core::uuid::Uuid;
use eventsource_core::{CommitHeader, Metadata, Position, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::fault::{Fault, RESTORE};
use crate::streams;

const AT: &str = "SELECT first_position, events, id, recorded_at, metadata, digest FROM commits
    WHERE first_position = ?1";
const UNDER_ID: &str = "SELECT first_position, events, id, recorded_at, metadata, digest
    FROM commits WHERE stream = ?1 AND id = ?2";
const LAST_TIME: &str = "SELECT recorded_at FROM commits ORDER BY first_position DESC LIMIT 1";
const ADD: &str = "INSERT INTO commits
    (first_position, events, stream, id, recorded_at, metadata, digest)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// The commit whose first event has this position.
pub(crate) fn at(connection: &Connection, first: u64) -> Result<Arc<CommitHeader>, Fault> {
    let commit = connection.prepare_cached(AT)?.query_row([first], read);
    let missing = || Fault::corrupt(format!("no commit begins at position {first}; {RESTORE}"));
    commit.optional()?.map(Arc::new).ok_or_else(missing)
}

/// The commit under this id whose first event went to this stream.
pub(crate) fn find(
    connection: &Connection,
    stream: i64,
    id: Uuid,
) -> Result<Option<CommitHeader>, Fault> {
    let id = streams::hyphenated(id);
    let mut find = connection.prepare_cached(UNDER_ID)?;
    Ok(find
        .query_row(params![stream, streams::text(&id)], read)
        .optional()?)
}

/// When the last commit was recorded.
pub(crate) fn last_time(connection: &Connection) -> Result<Timestamp, Fault> {
    let mut last = connection.prepare_cached(LAST_TIME)?;
    let micros: Option<i64> = last.query_row([], |row| row.get(0)).optional()?;
    Ok(Timestamp::from_micros(micros.unwrap_or(0)))
}

/// Adds a commit; its metadata is JSON.
pub(crate) fn add(
    connection: &Connection,
    commit: &CommitHeader,
    stream: i64,
    metadata: Option<&str>,
) -> Result<(), Fault> {
    let id = streams::hyphenated(commit.id);
    let mut add = connection.prepare_cached(ADD)?;
    add.execute(params![
        commit.first.offset(),
        commit.events,
        stream,
        streams::text(&id),
        commit.recorded_at.as_micros(),
        metadata,
        commit.digest,
    ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<CommitHeader> {
    let recorded_at = Timestamp::from_micros(row.get(3)?);
    let first = Position::new(row.get(0)?);
    let id = streams::uuid(row, 2)?;
    let header = CommitHeader::new(id, first, row.get(1)?, recorded_at, row.get(5)?);
    Ok(header.with_metadata(metadata(row)?))
}

fn metadata(row: &Row<'_>) -> rusqlite::Result<Metadata> {
    let Some(text) = row.get_ref(4)?.as_str_or_null()? else {
        return Ok(Metadata::default());
    };
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, Type::Text, Box::new(error)))
}
