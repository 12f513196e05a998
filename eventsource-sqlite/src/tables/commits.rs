//! The table of commits.

use std::sync::Arc;

use eventsource_core::store::{CommitHeader, Horizon};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, StreamId, Timestamp};
use rusqlite::{CachedStatement, Rows, Statement, ToSql, params};

use super::commit_row::CommitRow;
use super::streams;
use crate::fault::{RESTORE, SqliteFault};
use crate::file::connection::Connection;

const AT: &str = "WHERE first_position = ?1";
const UNDER_ID: &str = "WHERE stream = ?1 AND id = ?2";
const IN_ORDER: &str = "WHERE first_position >= (SELECT \"commit\" FROM events WHERE position = ?1)
    AND first_position <= ?2 ORDER BY first_position";
const CONTAINING: &str = "WHERE first_position <= ?1 ORDER BY first_position DESC LIMIT 1";
const LAST: &str = "ORDER BY first_position DESC LIMIT 1";

/// The commit whose first event has this position.
pub(crate) fn at(
    connection: &rusqlite::Connection,
    first: u64,
    with_metadata: bool,
) -> Result<Arc<CommitHeader>, SqliteFault> {
    at_with(&mut *select_at(connection)?, first, with_metadata)
}

/// Selects a commit for [`at_with`].
pub(crate) fn select_at(
    connection: &rusqlite::Connection,
) -> Result<CachedStatement<'_>, SqliteFault> {
    Ok(connection.prepare_cached(&format!("{} {AT}", CommitRow::SELECT))?)
}

/// The same with a statement that is kept, of [`select_at`].
pub(crate) fn at_with(
    select: &mut Statement<'_>,
    first: u64,
    with_metadata: bool,
) -> Result<Arc<CommitHeader>, SqliteFault> {
    let mut rows = select.query([first])?;
    let row = CommitRow::read(rows.next()?.ok_or_else(|| missing(first))?)?;
    let header = if with_metadata {
        row.header()
    } else {
        row.header_without_metadata()
    };
    header.map(Arc::new)
}

/// The commits of the events from one position to another, beside which they are read: so none is
/// looked up.
pub(crate) fn in_order(connection: &Connection) -> Result<CachedStatement<'_>, SqliteFault> {
    Ok(connection.prepare_cached(&format!("{} {IN_ORDER}", CommitRow::SELECT))?)
}

/// The next of them, which has to begin at this position.
pub(crate) fn next(commits: &mut Rows<'_>, first: u64) -> Result<Arc<CommitHeader>, SqliteFault> {
    let commit = commits.next()?.map(CommitRow::read).transpose()?;
    let here = commit.filter(|commit| commit.first == first);
    Ok(Arc::new(here.ok_or_else(|| missing(first))?.header()?))
}

/// Selects a commit for [`find_with`].
pub(crate) fn select_under_id() -> String {
    format!("{} {UNDER_ID}", CommitRow::SELECT)
}

/// The commit under this id whose first event went to this stream.
fn find(
    connection: &Connection,
    stream: i64,
    id: Uuid,
) -> Result<Option<CommitHeader>, SqliteFault> {
    find_with(
        &mut *connection.prepare_cached(&select_under_id())?,
        stream,
        id,
    )
}

/// The same with a statement that is kept, of [`select_under_id`].
pub(crate) fn find_with(
    find: &mut Statement<'_>,
    stream: i64,
    id: Uuid,
) -> Result<Option<CommitHeader>, SqliteFault> {
    let mut rows = find.query(params![stream, &id.as_bytes()[..]])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let row = CommitRow::read(row)?;
    if (row.stream, row.id) == (stream, id) {
        return row.header().map(Some);
    }
    Err(SqliteFault::corrupt(format!(
        "the index of commits is damaged: it has another row for an id; {RESTORE}"
    )))
}

/// The same of a stream by its name.
pub(crate) fn find_in(
    connection: &Connection,
    first: &StreamId,
    id: Uuid,
) -> Result<Option<CommitHeader>, SqliteFault> {
    match streams::find(connection, first)? {
        Some(stream) => find(connection, stream.number, id),
        None => Ok(None),
    }
}

/// The end of the log.
pub(crate) fn end(connection: &rusqlite::Connection) -> Result<Horizon, SqliteFault> {
    let last = select(connection, LAST, &[], |row| Ok((row.last(), row.id)))?;
    Ok(last.map_or(Horizon::START, |(position, id)| {
        Horizon::new(Position::new(position), id)
    }))
}

/// The commit of the event at a position.
pub(crate) fn containing(
    connection: &rusqlite::Connection,
    position: Position,
) -> Result<Option<Uuid>, SqliteFault> {
    let position = position.offset().get();
    let found = select(connection, CONTAINING, &[&position], |row| {
        Ok((row.last() >= position).then_some(row.id))
    })?;
    Ok(found.flatten())
}

/// When the last commit was recorded.
pub(crate) fn last_time(connection: &rusqlite::Connection) -> Result<Timestamp, SqliteFault> {
    let time = select(connection, LAST, &[], |row| Ok(row.recorded_at))?;
    Ok(Timestamp::from_micros(time.unwrap_or_default()))
}

/// Selects the last commit.
pub(crate) fn last() -> String {
    format!("{} {LAST}", CommitRow::SELECT)
}

/// Refuses a head at which the last commit does not end, with a statement of [`last`].
pub(crate) fn check_end_with(last: &mut Statement<'_>, head: Position) -> Result<(), SqliteFault> {
    let mut rows = last.query([])?;
    let last = rows.next()?.map(CommitRow::read).transpose()?;
    ends_at(last.map_or(0, |last| last.last()), head)
}

/// Refuses a log whose events do not end where its last commit does.
pub(crate) fn check_end(connection: &Connection, end: Position) -> Result<(), SqliteFault> {
    ends_at(end.offset().get(), super::head::head(connection)?)
}

fn ends_at(end: u64, head: Position) -> Result<(), SqliteFault> {
    if end == head.offset().get() {
        return Ok(());
    }
    Err(SqliteFault::corrupt(format!(
        "the file is damaged: its events end at position {head}, and its commits at {end}; {RESTORE}"
    )))
}

/// Adds a commit with a statement of [`INSERT`](crate::commit_row::INSERT); its metadata is JSON.
pub(crate) fn add_with(
    insert: &mut Statement<'_>,
    commit: &CommitHeader,
    stream: i64,
    metadata: Option<&str>,
) -> Result<(), SqliteFault> {
    let row = CommitRow {
        first: commit.first.offset().get(),
        events: commit.events,
        stream,
        id: commit.id,
        recorded_at: commit.recorded_at.as_micros(),
        metadata,
        encoding: commit.digest.encoding().number(),
        digest: commit.digest.as_bytes(),
    };
    row.write(insert)
}

/// Compares every row with its checksum, also of commits whose events are gone.
pub(crate) fn check_all(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(CommitRow::SELECT)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let header = CommitRow::read(row)?.header()?;
        let metadata = header.try_metadata();
        metadata.map_err(|error| SqliteFault::corrupt(error.to_string()))?;
    }
    Ok(())
}

fn missing(first: u64) -> SqliteFault {
    SqliteFault::corrupt(format!("no commit begins at position {first}; {RESTORE}"))
}

fn select<T>(
    connection: &rusqlite::Connection,
    which: &str,
    key: &[&dyn ToSql],
    take: impl FnOnce(CommitRow<'_>) -> Result<T, SqliteFault>,
) -> Result<Option<T>, SqliteFault> {
    let mut select = connection.prepare_cached(&format!("{} {which}", CommitRow::SELECT))?;
    let mut rows = select.query(key)?;
    let row = rows.next()?.map(|row| take(CommitRow::read(row)?));
    row.transpose()
}
