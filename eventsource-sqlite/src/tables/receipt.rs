//! The receipt of a commit that is stored.

use std::collections::HashMap;

use eventsource_core::store::CommitHeader;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Receipt, Revision, StreamId};

use super::event_row::{self, EventRow, missing};
use super::{commits, streams};
use crate::fault::{Fault, RESTORE};
use crate::file::connection::Connection;

/// The receipt of the commit under this id whose first event went to the stream `first`.
pub(crate) fn find(
    connection: &Connection,
    first: &StreamId,
    id: Uuid,
) -> Result<Option<Receipt>, Fault> {
    let Some(stream) = streams::find(connection, first)? else {
        return Ok(None);
    };
    let commit = commits::find(connection, stream.number, id)?;
    commit.map(|commit| of(connection, &commit)).transpose()
}

/// The receipt that was given when the commit was stored.
pub(crate) fn of(connection: &Connection, commit: &CommitHeader) -> Result<Receipt, Fault> {
    let (first, count) = (commit.first.offset().get(), commit.events);
    let last = Position::new(first + u64::from(count).saturating_sub(1));
    let revisions = revisions(connection, commit)?;
    if revisions.is_empty() {
        let message = format!("the commit at position {first} has no events; {RESTORE}");
        return Err(Fault::corrupt(message));
    }
    Ok(Receipt::new(
        commit.id,
        revisions,
        (commit.first, last),
        count,
        commit.recorded_at,
    ))
}

/// Where the streams stood after the commit, in the order in which it first wrote them.
fn revisions(
    connection: &Connection,
    commit: &CommitHeader,
) -> Result<Vec<(StreamId, Revision)>, Fault> {
    let mut numbers = Vec::new();
    let mut revisions = HashMap::new();
    let first = commit.first.offset().get();
    let end = first + u64::from(commit.events);
    let sql = format!(
        "{} WHERE position >= ?1 AND position < ?2 ORDER BY position",
        event_row::SELECT
    );
    let mut events = connection.prepare_cached(&sql)?;
    let mut rows = events.query([first, end])?;
    for position in first..end {
        let row = rows.next()?.ok_or_else(|| missing(position))?;
        let event = EventRow::read(row)?;
        if (event.position, event.commit) != (position, first) {
            return Err(missing(position));
        }
        let revision = Revision::new(event.version, Position::new(position), commit.id);
        if revisions.insert(event.stream, revision).is_none() {
            numbers.push(event.stream);
        }
    }
    let named = |number: i64| Ok((streams::name(connection, number)?, revisions[&number]));
    numbers.into_iter().map(named).collect()
}
