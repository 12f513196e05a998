//! The names of streams, and where each stands.

use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Revision, StreamId};
use rusqlite::{OptionalExtension, Row, Statement, params};

use super::commits;
use crate::fault::{Fault, RESTORE};
use crate::file::columns::{text, uuid};
use crate::file::connection::Connection;

/// A stream under the number that the other tables call it by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) number: i64,
    /// How many events it has.
    pub(crate) version: u64,
    /// The position of the last one.
    pub(crate) position: Position,
}

impl Stream {
    /// Where it stands, with the check of its last commit, which is looked up.
    pub(crate) fn revision(&self, connection: &Connection) -> Result<Revision, Fault> {
        let check = commits::check_at(connection, self.position)?;
        let check = check.ok_or_else(|| {
            let position = self.position;
            Fault::corrupt(format!(
                "no commit has the event at position {position}; {RESTORE}"
            ))
        })?;
        Ok(Revision::with_check(self.version, self.position, check))
    }
}

/// Where an index leads to a row, SQLite takes the names from the index. The row is joined by its
/// number, so that its own names are compared with those that were asked for.
pub(crate) const FIND: &str = "SELECT found.stream, row.version, row.position,
        (row.tenant, row.category, row.root_id) = (?1, ?2, ?3)
    FROM streams AS found LEFT JOIN streams AS row ON row.stream = found.stream
    WHERE found.tenant = ?1 AND found.category = ?2 AND found.root_id = ?3";
const FIND_BELOW_HEAD: &str = "SELECT found.stream, row.version, row.position,
        (row.tenant, row.category, row.root_id) = (?1, ?2, ?3), head.position
    FROM (SELECT coalesce(max(position), 0) AS position FROM events) AS head
    LEFT JOIN streams AS found
        ON found.tenant = ?1 AND found.category = ?2 AND found.root_id = ?3
    LEFT JOIN streams AS row ON row.stream = found.stream";
const NAME: &str = "SELECT tenant, category, root_id FROM streams WHERE stream = ?1";
pub(crate) const ADD: &str = "INSERT INTO streams (tenant, category, root_id, version, position)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (tenant, category, root_id) DO NOTHING";
pub(crate) const MOVE: &str = "UPDATE streams SET version = ?2, position = ?3 WHERE stream = ?1";
const ROOT_IDS: &str = "SELECT root_id FROM streams
    WHERE tenant = ?1 AND category = ?2 AND root_id > ?3 ORDER BY root_id LIMIT ?4";

/// The stream, if it has events.
pub(crate) fn find(connection: &Connection, stream: &StreamId) -> Result<Option<Stream>, Fault> {
    find_with(&mut *connection.prepare_cached(FIND)?, stream)
}

/// The same with a statement that is kept, of [`FIND`].
pub(crate) fn find_with(
    find: &mut Statement<'_>,
    stream: &StreamId,
) -> Result<Option<Stream>, Fault> {
    let root_id = hyphenated(stream.root_id());
    let mut rows = find.query(params![stream.tenant(), stream.category(), text(&root_id)])?;
    rows.next()?.map(|row| read(stream, row)).transpose()
}

/// The stream of a row of [`FIND`], if it is the one that was asked for.
fn read(stream: &StreamId, row: &Row<'_>) -> Result<Stream, Fault> {
    if row.get(3) != Ok(Some(true)) {
        return Err(Fault::corrupt(format!(
            "the index of streams is damaged: it has another row for stream {stream}; {RESTORE}"
        )));
    }
    Ok(Stream {
        number: row.get(0)?,
        version: row.get(1)?,
        position: Position::new(row.get(2)?),
    })
}

/// The head, and the stream if it has events. What `then` reads sees the same state, since a
/// statement that is not at its end holds a transaction open.
pub(crate) fn below_head<T>(
    connection: &Connection,
    stream: &StreamId,
    then: impl FnOnce(Position, Option<Stream>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let root_id = hyphenated(stream.root_id());
    let mut find = connection.prepare_cached(FIND_BELOW_HEAD)?;
    let mut rows = find.query(params![stream.tenant(), stream.category(), text(&root_id)])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let number: Option<i64> = row.get(0)?;
    let found = number.map(|_| read(stream, row)).transpose()?;
    then(Position::new(row.get(4)?), found)
}

/// What the stream of an event is called.
pub(crate) fn name(connection: &Connection, number: i64) -> Result<StreamId, Fault> {
    if let Some(known) = connection.streams.borrow().get(number) {
        return Ok(known.clone());
    }
    let mut name = connection.prepare_cached(NAME)?;
    let name = name.query_row([number], |row| {
        let (tenant, category): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(StreamId::new(category, uuid(row, 2)?).in_tenant(tenant))
    });
    let missing = || Fault::corrupt(format!("stream number {number} has no name; {RESTORE}"));
    let name = name.optional()?.ok_or_else(missing)?;
    connection.streams.borrow_mut().put(number, name.clone());
    Ok(name)
}

/// Adds a stream with a statement of [`ADD`] and tells its number, unless it is there already.
pub(crate) fn add_with(
    add: &mut Statement<'_>,
    stream: &StreamId,
    revision: Revision,
) -> Result<Option<i64>, Fault> {
    let root_id = hyphenated(stream.root_id());
    let (version, position) = (revision.version(), revision.position().offset().get());
    let added = add.insert(params![
        stream.tenant(),
        stream.category(),
        text(&root_id),
        version,
        position
    ]);
    match added {
        Err(rusqlite::Error::StatementChangedRows(0)) => Ok(None),
        added => Ok(Some(added?)),
    }
}

/// Moves a stream on, with a statement of [`MOVE`].
pub(crate) fn move_with(
    move_on: &mut Statement<'_>,
    number: i64,
    revision: Revision,
) -> Result<(), Fault> {
    move_on.execute(params![
        number,
        revision.version(),
        revision.position().offset().get()
    ])?;
    Ok(())
}

pub(crate) fn root_ids(
    connection: &Connection,
    tenant: &str,
    category: &str,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<Uuid>, Fault> {
    let above = after.map_or_else(String::new, |after| after.to_string());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut ids = connection.prepare_cached(ROOT_IDS)?;
    let ids = ids.query_map(params![tenant, category, above, limit], |row| uuid(row, 0))?;
    let ids: Vec<Uuid> = ids.collect::<Result<_, _>>()?;
    if after
        .iter()
        .chain(&ids)
        .is_sorted_by(|one, next| one < next)
    {
        return Ok(ids);
    }
    Err(Fault::corrupt(format!(
        "the index of streams is damaged: those of `{category}` are not in order; {RESTORE}"
    )))
}

/// As people write it.
pub(crate) fn hyphenated(id: Uuid) -> [u8; 36] {
    let mut text = [0; 36];
    id.hyphenated().encode_lower(&mut text);
    text
}
