//! Reading everything.

use std::collections::HashMap;

use eventsource_core::Metadata;
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::{Event, decode_json, types};
use crate::Result;

const EVENTS: &str = "SELECT position, \"commit\", stream, version, type, payload FROM events
    ORDER BY position";
const AFTER: &str = "SELECT position, type, payload FROM events WHERE position > ?1
    ORDER BY position";
const COMMITS: &str = "SELECT first_position, id, recorded_at, metadata FROM commits
    ORDER BY first_position";
const STREAMS: &str = "SELECT stream, tenant, name, root_id FROM streams
    JOIN stream_categories USING (category)";

/// An event with what is known of it.
pub(crate) struct Seen<'a> {
    pub(crate) event: Event,
    pub(crate) stream: &'a Stream,
    pub(crate) version: i64,
    pub(crate) position: i64,
    pub(crate) commit: &'a Header,
}

pub(crate) struct Stream {
    pub(crate) tenant: String,
    pub(crate) category: String,
    pub(crate) root_id: Uuid,
}

pub(crate) struct Header {
    first: i64,
    pub(crate) id: Uuid,
    pub(crate) recorded_at: i64,
    /// The same serde derive that anybody would write.
    pub(crate) metadata: Metadata,
}

/// Reads all events in order. Commits are in the same order, so they are read beside the events
/// and not looked up, and the names of the streams fit into memory.
pub(crate) fn read_all(
    connection: &Connection,
    mut each: impl FnMut(Seen<'_>) -> Result<()>,
) -> Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let (streams, names) = (streams(&transaction)?, types::names(&transaction)?);
    let mut commits = transaction.prepare_cached(COMMITS)?;
    let mut commits = commits.query([])?;
    let mut events = transaction.prepare_cached(EVENTS)?;
    let mut events = events.query([])?;
    let mut header: Option<Header> = None;
    while let Some(row) = events.next()? {
        let first: i64 = row.get(1)?;
        if header.as_ref().is_none_or(|header| header.first != first) {
            header = commits.next()?.map(read_header).transpose()?;
        }
        let commit = header
            .as_ref()
            .filter(|header| header.first == first)
            .ok_or("an event without its commit")?;
        each(Seen {
            event: decode_json(&names[row.get::<_, usize>(4)?], row.get_ref(5)?.as_bytes()?)?,
            stream: &streams[&row.get(2)?],
            version: row.get(3)?,
            position: row.get(0)?,
            commit,
        })?;
    }
    Ok(())
}

/// Reads the events after a position.
pub(crate) fn read_after(
    connection: &Connection,
    after: i64,
    mut each: impl FnMut(i64, Event),
) -> Result<()> {
    let names = types::names(connection)?;
    let mut events = connection.prepare_cached(AFTER)?;
    let mut events = events.query([after])?;
    while let Some(row) = events.next()? {
        let name = &names[row.get::<_, usize>(1)?];
        each(row.get(0)?, decode_json(name, row.get_ref(2)?.as_bytes()?)?);
    }
    Ok(())
}

fn streams(connection: &Connection) -> Result<HashMap<i64, Stream>> {
    let mut select = connection.prepare_cached(STREAMS)?;
    let mut rows = select.query([])?;
    let mut streams = HashMap::new();
    while let Some(row) = rows.next()? {
        let stream = Stream {
            tenant: row.get(1)?,
            category: row.get(2)?,
            root_id: Uuid::from_slice(row.get_ref(3)?.as_blob()?)?,
        };
        streams.insert(row.get(0)?, stream);
    }
    Ok(streams)
}

fn read_header(row: &Row<'_>) -> Result<Header> {
    let metadata = row.get_ref(3)?.as_str_or_null()?;
    Ok(Header {
        first: row.get(0)?,
        id: Uuid::from_slice(row.get_ref(1)?.as_blob()?)?,
        recorded_at: row.get(2)?,
        metadata: metadata
            .map(serde_json::from_str)
            .transpose()?
            .unwrap_or_default(),
    })
}
