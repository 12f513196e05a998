//! Reading across streams.

use std::collections::HashMap;

use eventsource_core::Metadata;
use rusqlite::{CachedStatement, Connection};
use uuid::Uuid;

use super::checksum::CommitRow;
use super::{Event, checksum, decode_json, rows, types};
use crate::Result;

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

impl Header {
    fn of(row: &CommitRow<'_>) -> Result<Self> {
        let metadata = row.metadata.map(serde_json::from_str).transpose()?;
        Ok(Self {
            first: row.first,
            id: Uuid::from_slice(row.id)?,
            recorded_at: row.recorded_at,
            metadata: metadata.unwrap_or_default(),
        })
    }
}

/// Reads all events in order. Commits are in the same order, so they are read beside the events
/// and not looked up, and the names of the streams fit into memory.
pub(crate) fn read_all(
    connection: &Connection,
    mut each: impl FnMut(Seen<'_>) -> Result<()>,
) -> Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let (streams, names) = (streams(&transaction)?, types::names(&transaction)?);
    let sql = format!(
        "SELECT {} FROM commits ORDER BY first_position",
        rows::COMMIT
    );
    let mut commits = transaction.prepare_cached(&sql)?;
    let mut commits = commits.query([])?;
    let mut events = select(&transaction, "ORDER BY position")?;
    let mut events = events.query([])?;
    let mut header: Option<Header> = None;
    while let Some(row) = events.next()? {
        let row = rows::event(row)?;
        if header.as_ref().is_none_or(|it| it.first != row.commit) {
            let next = commits.next()?;
            header = next
                .map(|row| Header::of(&rows::commit(row)?))
                .transpose()?;
        }
        let commit = header.as_ref().filter(|it| it.first == row.commit);
        each(Seen {
            event: decode_json(&names[usize::try_from(row.of)?], row.payload)?,
            stream: &streams[&row.stream],
            version: row.version,
            position: row.position,
            commit: commit.ok_or("an event without its commit")?,
        })?;
    }
    Ok(())
}

/// Reads the events of this name, of any stream, in order.
pub(crate) fn read_named(
    connection: &Connection,
    name: &str,
    mut each: impl FnMut(Seen<'_>) -> Result<()>,
) -> Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let streams = streams(&transaction)?;
    let sql = format!(
        "SELECT {} FROM commits WHERE first_position = ?1",
        rows::COMMIT
    );
    let mut commit = transaction.prepare_cached(&sql)?;
    let which = "WHERE type = (SELECT type FROM types WHERE name = ?1) ORDER BY position";
    let mut events = select(&transaction, which)?;
    let mut events = events.query([name])?;
    while let Some(row) = events.next()? {
        let row = rows::event(row)?;
        let mut found = commit.query([row.commit])?;
        let header = found.next()?.ok_or("an event without its commit")?;
        each(Seen {
            event: decode_json(name, row.payload)?,
            stream: &streams[&row.stream],
            version: row.version,
            position: row.position,
            commit: &Header::of(&rows::commit(header)?)?,
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
    let mut events = select(connection, "WHERE position > ?1 ORDER BY position")?;
    let mut events = events.query([after])?;
    while let Some(row) = events.next()? {
        let row = rows::event(row)?;
        let name = &names[usize::try_from(row.of)?];
        each(row.position, decode_json(name, row.payload)?);
    }
    Ok(())
}

fn select<'c>(connection: &'c Connection, which: &str) -> Result<CachedStatement<'c>> {
    let sql = format!("SELECT {} FROM events {which}", rows::EVENT);
    Ok(connection.prepare_cached(&sql)?)
}

fn streams(connection: &Connection) -> Result<HashMap<i64, Stream>> {
    let categories = categories(connection)?;
    let sql = format!("SELECT {} FROM streams", rows::STREAM);
    let mut select = connection.prepare_cached(&sql)?;
    let mut found = select.query([])?;
    let mut streams = HashMap::new();
    while let Some(row) = found.next()? {
        let row = rows::stream(row)?;
        let (tenant, category) = categories[&row.category].clone();
        let stream = Stream {
            tenant,
            category,
            root_id: row.root_id,
        };
        streams.insert(row.stream, stream);
    }
    Ok(streams)
}

/// Tenants and names.
fn categories(connection: &Connection) -> Result<HashMap<i64, (String, String)>> {
    let select = "SELECT category, tenant, name, checksum FROM stream_categories";
    let mut select = connection.prepare_cached(select)?;
    let mut found = select.query([])?;
    let mut categories = HashMap::new();
    while let Some(row) = found.next()? {
        let (number, tenant, name): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if tenant.is_empty() && checksum::of_category(number, &name) != row.get::<_, u32>(3)? {
            return Err("a category does not match its checksum".into());
        }
        categories.insert(number, (tenant, name));
    }
    Ok(categories)
}
