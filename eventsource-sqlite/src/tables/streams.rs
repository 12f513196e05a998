//! The names of streams, and where each stands.

use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, StreamId};
use rusqlite::{Row, Statement, params};

use super::categories;
pub(crate) use super::stream_row::StreamRow;
use super::stream_row::{of_stream, revision_check};
use crate::failure::Failure;
use crate::fault::{RESTORE, SqliteFault};
use crate::file::connection::Connection;

/// SQLite takes the key from the index if an index leads to a row. The row is joined by its
/// number, so that its own key is compared with the one that was asked for. The category is looked
/// up by its names where its number is not known.
const KEY: &str = "found.root_id = ?1 AND found.category = coalesce(?2, (
    SELECT category FROM stream_categories WHERE tenant = ?3 AND name = ?4))";
const JOIN: &str = "LEFT JOIN streams AS row ON row.stream = found.stream";
const NUMBERED: &str = "FROM streams AS row WHERE row.stream = ?1";
/// Each stream with the time and the id of the commit that its last event came with.
const WITH_LAST: &str = "commits.recorded_at, commits.id FROM streams AS row
    LEFT JOIN events ON events.position = row.position
    LEFT JOIN commits ON commits.first_position = events.\"commit\"";
pub(crate) const INSERT: &str = "INSERT INTO streams
    (stream, category, root_id, version, position, recorded_at, \"check\", checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
pub(crate) const MOVE: &str = "UPDATE streams SET version = ?2, position = ?3, recorded_at = ?4,
    \"check\" = ?5, checksum = ?6 WHERE stream = ?1";
const OF_CATEGORY: &str =
    "FROM streams AS found LEFT JOIN streams AS row ON row.stream = found.stream
    WHERE found.category = ?1 AND found.root_id > ?2 ORDER BY found.root_id LIMIT ?3";
const FIRST_OF_CATEGORY: &str = "FROM streams AS found
    LEFT JOIN streams AS row ON row.stream = found.stream
    WHERE found.category = ?1 AND found.root_id >= ?2 ORDER BY found.root_id LIMIT ?3";

/// Adds a stream, unless it is there already.
pub(crate) fn insert_new() -> String {
    format!("{INSERT} ON CONFLICT (category, root_id) DO NOTHING")
}

/// Selects a stream by its name.
pub(crate) fn select() -> String {
    let columns = StreamRow::COLUMNS;
    format!("SELECT {columns} FROM streams AS found {JOIN} WHERE {KEY}")
}

/// The stream, if it has events.
pub(crate) fn find(
    connection: &Connection,
    stream: &StreamId,
) -> Result<Option<StreamRow>, SqliteFault> {
    find_with(
        connection,
        &mut *connection.prepare_cached(&select())?,
        stream,
    )
}

/// The same with a statement that is kept, of [`select`].
pub(crate) fn find_with(
    connection: &Connection,
    find: &mut Statement<'_>,
    stream: &StreamId,
) -> Result<Option<StreamRow>, SqliteFault> {
    let category = categories::find(connection, stream.tenant(), stream.category())?;
    let Some(category) = category else {
        return Ok(None);
    };
    let root_id = stream.root_id();
    let mut rows = find.query(params![&root_id.as_bytes()[..], category, "", ""])?;
    let row = rows.next()?;
    row.map(|row| read(stream, Some(category), row)).transpose()
}

/// The stream of a row of [`select`], if it is the one that was asked for.
fn read(stream: &StreamId, category: Option<i64>, row: &Row<'_>) -> Result<StreamRow, SqliteFault> {
    let is_there = row.get_ref(0)? != rusqlite::types::ValueRef::Null;
    let found = is_there.then(|| StreamRow::read(row)).transpose()?;
    let is_same = |found: &StreamRow| {
        found.root_id == stream.root_id() && category.is_none_or(|it| it == found.category)
    };
    found.filter(is_same).ok_or_else(|| other_row(stream))
}

fn other_row(stream: &StreamId) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the index of streams is damaged: it has another row for stream {stream}; {RESTORE}"
    ))
}

/// The head, and the stream if it has events. What `then` reads sees the same state, since a
/// statement that is not at its end holds a transaction open. A category that is not known before
/// may be there by then, so that statement looks for it again.
pub(crate) fn below_head<T, E>(
    connection: &Connection,
    stream: &StreamId,
    then: impl FnOnce(Position, Option<StreamRow>) -> Result<T, Failure<E>>,
) -> Result<T, Failure<E>> {
    const HEAD: &str = "(SELECT coalesce(max(position), 0) AS position FROM events) AS head";
    let category = categories::find(connection, stream.tenant(), stream.category())?;
    let columns = StreamRow::COLUMNS;
    let sql = format!(
        "SELECT {columns}, head.position, found.stream FROM {HEAD}
        LEFT JOIN streams AS found ON {KEY} {JOIN}"
    );
    let root_id = stream.root_id();
    let (tenant, name) = match category {
        Some(_) => ("", ""),
        None => (stream.tenant(), stream.category()),
    };
    let mut find = connection.prepare_cached(&sql)?;
    let mut rows = find.query(params![&root_id.as_bytes()[..], category, tenant, name])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let number: Option<i64> = row.get(9)?;
    let found = number.map(|_| read(stream, category, row)).transpose()?;
    then(Position::new(row.get(8)?), found)
}

/// The row of the stream with this number.
fn at(connection: &Connection, number: i64) -> Result<StreamRow, SqliteFault> {
    let sql = format!("SELECT {} {NUMBERED}", StreamRow::COLUMNS);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([number])?;
    let missing = || SqliteFault::corrupt(format!("stream number {number} has no name; {RESTORE}"));
    StreamRow::read(rows.next()?.ok_or_else(missing)?)
}

/// The id of the stream with this number.
pub(crate) fn name(connection: &Connection, number: i64) -> Result<StreamId, SqliteFault> {
    if let Some(known) = connection.streams.borrow().get(number) {
        return Ok(known.clone());
    }
    let row = at(connection, number)?;
    let category = categories::at(connection, row.category)?;
    let name = StreamId::new(category.name, row.root_id).in_tenant(category.tenant);
    remember(connection, number, &name);
    Ok(name)
}

/// Keeps the name of a stream whose row was read, so that it is not looked up.
pub(crate) fn remember(connection: &Connection, number: i64, stream: &StreamId) {
    connection.streams.borrow_mut().put(number, stream.clone());
}

/// Adds a stream with a statement of [`INSERT`] or [`insert_new`]. Tells whether it was not there already.
pub(crate) fn add_with(add: &mut Statement<'_>, row: &StreamRow) -> Result<bool, SqliteFault> {
    let added = add.execute(params![
        row.number,
        row.category,
        &row.root_id.as_bytes()[..],
        row.version,
        row.position,
        row.recorded_at,
        row.check,
        of_stream(row),
    ])?;
    Ok(added > 0)
}

/// Moves a stream on to what the row says, with a statement of [`MOVE`].
pub(crate) fn move_with(move_on: &mut Statement<'_>, row: &StreamRow) -> Result<(), SqliteFault> {
    move_on.execute(params![
        row.number,
        row.version,
        row.position,
        row.recorded_at,
        row.check,
        of_stream(row),
    ])?;
    Ok(())
}

/// Compares every row with its checksum, and with the commit that its last event came with.
pub(crate) fn check_all(connection: &Connection) -> Result<(), SqliteFault> {
    let columns = StreamRow::COLUMNS;
    let mut all = connection.prepare(&format!("SELECT {columns}, {WITH_LAST}"))?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let stream = StreamRow::read(row)?;
        let time = row.get_ref(8)?.as_i64_or_null()?;
        let id = row.get_ref(9)?.as_blob_or_null()?;
        let id = id.and_then(|id| Uuid::from_slice(id).ok());
        if (time, id.map(revision_check)) != (Some(stream.recorded_at), Some(stream.check)) {
            return Err(SqliteFault::corrupt(format!(
                "the row of stream number {} does not agree with its last commit; {RESTORE}",
                stream.number
            )));
        }
    }
    Ok(())
}

pub(crate) fn root_ids(
    connection: &Connection,
    tenant: &str,
    category: &str,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Uuid>, SqliteFault> {
    let Some(number) = categories::find(connection, tenant, category)? else {
        return Ok(Vec::new());
    };
    let which = after.map_or(FIRST_OF_CATEGORY, |_| OF_CATEGORY);
    let above = after.unwrap_or_default();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = format!("SELECT {}, found.root_id {which}", StreamRow::COLUMNS);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params![number, &above.as_bytes()[..], limit])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let found = row.get_ref(8)?.as_blob()?;
        let found = Uuid::from_slice(found).map_err(|_| out_of_order(category))?;
        let stream = StreamId::new(category.to_owned(), found).in_tenant(tenant.to_owned());
        ids.push(read(&stream, Some(number), row)?.root_id);
    }
    if after
        .iter()
        .chain(&ids)
        .is_sorted_by(|one, next| one < next)
    {
        return Ok(ids);
    }
    Err(out_of_order(category))
}

fn out_of_order(category: &str) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the index of streams is damaged: those of `{category}` are not in order; {RESTORE}"
    ))
}

/// The row of a stream that begins.
pub(crate) fn begin(
    connection: &Connection,
    number: i64,
    stream: &StreamId,
) -> Result<StreamRow, SqliteFault> {
    Ok(StreamRow {
        number,
        category: categories::number_of(connection, stream.tenant(), stream.category())?,
        root_id: stream.root_id(),
        version: 0,
        position: 0,
        recorded_at: 0,
        check: 0,
    })
}
