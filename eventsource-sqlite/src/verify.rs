//! Looking for damage.

use eventsource_core::{
    Commit, CommitHeader, NewEvent, Page, Position, Query, ReadError, StoredEvent,
};
use rusqlite::{Connection, params};

use crate::fault::{Answered, Fault, RESTORE};
use crate::read::read;

const STREAMS: &str = "SELECT count(*) FROM streams WHERE (version, position) <> (
    SELECT count(*), coalesce(max(events.position), 0) FROM events
    WHERE events.stream = streams.stream)";

const TAG: &str = "SELECT 1 FROM tags WHERE tag = ?1 AND position = ?2";

/// What SQLite itself can tell of its file, and whether the streams stand where their events end.
pub(crate) fn structure(connection: &Connection) -> Result<(), Fault> {
    let told: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if told != "ok" {
        return Err(Fault::corrupt(format!("{told}; {RESTORE}")));
    }
    let streams: u64 = connection.query_row(STREAMS, [], |row| row.get(0))?;
    if streams > 0 {
        let message = format!("{streams} streams do not end where their events do; {RESTORE}");
        return Err(Fault::corrupt(message));
    }
    Ok(())
}

/// Compares the commits of a page with their digests and the tags with the events, and tells where
/// the next page begins.
pub(crate) fn page(
    connection: &Connection,
    after: Position,
) -> Answered<Option<Position>, ReadError> {
    let page = match read(connection, &Query::all(), after, 1_000)? {
        Ok(page) => page,
        Err(error) => return Ok(Err(error)),
    };
    commits(&page)?;
    tags(connection, &page)?;
    Ok(Ok((!page.is_complete()).then(|| page.through())))
}

fn commits(page: &Page) -> Result<(), Fault> {
    let mut events = page.events().peekable();
    while let Some(first) = events.next() {
        let header = first.commit.expect("pages of a store have commits");
        let mut commit =
            Commit::new(header.id, vec![new_event(&first)]).metadata(header.metadata.clone());
        while let Some(event) = events.next_if(|event| event.commit == Some(header)) {
            commit.events.push(new_event(&event));
        }
        compare(header, &commit)?;
    }
    Ok(())
}

/// Whether each event is found by each of its tags.
fn tags(connection: &Connection, page: &Page) -> Result<(), Fault> {
    let mut find = connection.prepare_cached(TAG)?;
    for event in page.events() {
        let position = event.position.offset();
        for tag in event.tags {
            if !find.exists(params![tag.as_str(), position])? {
                return Err(Fault::corrupt(format!(
                    "the event at position {position} is not found by one of its tags; {RESTORE}"
                )));
            }
        }
    }
    Ok(())
}

fn new_event(event: &StoredEvent<'_>) -> NewEvent {
    let (stream, payload) = (event.stream.clone(), event.payload.to_vec());
    NewEvent::new(
        stream,
        event.name.to_owned(),
        event.schema,
        event.codec,
        payload,
    )
    .tagged(event.tags.to_vec())
}

fn compare(header: &CommitHeader, commit: &Commit) -> Result<(), Fault> {
    let first = header.first;
    if commit.events.len() == header.events as usize && commit.digest() == header.digest {
        return Ok(());
    }
    Err(Fault::corrupt(format!(
        "the commit at position {first} is not what its digest was taken of; {RESTORE}"
    )))
}
