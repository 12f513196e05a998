//! The receipt of a commit that is stored.

use eventsource_core::engine::ReceiptBuilder;
use eventsource_core::store::CommitHeader;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Receipt, StreamId};
use rusqlite::Statement;

use super::event_row::{self, EventRow, missing};
use super::{commits, streams};
use crate::fault::{RESTORE, SqliteFault};
use crate::file::connection::Connection;

/// The receipt of the commit under this id whose first event went to the stream `first`.
pub(crate) fn find(
    connection: &Connection,
    first: &StreamId,
    id: Uuid,
) -> Result<Option<Receipt>, SqliteFault> {
    let commit = commits::find_in(connection, first, id)?;
    let Some(commit) = commit else {
        return Ok(None);
    };
    let mut events = connection.prepare_cached(&select_events())?;
    of_with(connection, &mut events, &commit).map(Some)
}

/// Selects the events of a commit for [`of_with`].
pub(crate) fn select_events() -> String {
    let select = event_row::SELECT;
    format!("{select} WHERE position >= ?1 AND position < ?2 ORDER BY position")
}

/// The receipt that was given when the commit was stored, with a statement of [`select_events`].
pub(crate) fn of_with(
    connection: &Connection,
    events: &mut Statement<'_>,
    commit: &CommitHeader,
) -> Result<Receipt, SqliteFault> {
    let mut receipt = ReceiptBuilder::new(commit.clone());
    let first = commit.first.offset().get();
    let end = first + u64::from(commit.events);
    if end == first {
        let message = format!("the commit at position {first} has no events; {RESTORE}");
        return Err(SqliteFault::corrupt(message));
    }
    let mut rows = events.query([first, end])?;
    for position in first..end {
        let row = rows.next()?.ok_or_else(|| missing(position))?;
        let event = EventRow::read(row)?;
        if (event.position, event.commit) != (position, first) {
            return Err(missing(position));
        }
        receipt.add(event.stream, event.version);
    }
    receipt.finish(|number| streams::name(connection, number))
}
