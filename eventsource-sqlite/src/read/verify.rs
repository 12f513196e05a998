//! Looking for damage.

use eventsource_core::engine::check_digests;
use eventsource_core::store::{Horizon, Page, ReadLog};
use eventsource_core::{Query, ReadError};

use super::query::read;
use crate::failure::Failure;
use crate::fault::{RESTORE, SqliteFault};
use crate::file::connection::Connection;
use crate::file::page_use;
use crate::tables::{categories, commits, snapshots, streams, tags, types};

/// A stream ends where its events do.
const STREAMS: &str = "SELECT count(*) FROM streams WHERE (version, position) <> (
    SELECT count(*), coalesce(max(events.position), 0) FROM events
    WHERE events.stream = streams.stream)";

/// A commit stands at its first event, under the stream of that event.
const COMMITS: &str = "SELECT count(*) FROM commits WHERE NOT EXISTS (
    SELECT 1 FROM events WHERE events.position = commits.first_position
    AND events.\"commit\" = commits.first_position AND events.stream = commits.stream)";

/// Runs the checks of SQLite itself, and compares the tables with each other.
pub(crate) fn structure(connection: &Connection) -> Result<(), SqliteFault> {
    let report: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if report != "ok" {
        return Err(SqliteFault::corrupt(format!("{report}; {RESTORE}")));
    }
    page_use::check(connection)?;
    commits::check_all(connection)?;
    types::check_all(connection)?;
    categories::check_all(connection)?;
    streams::check_all(connection)?;
    none(
        connection,
        STREAMS,
        "streams do not end where their events do",
    )?;
    none(
        connection,
        COMMITS,
        "commits are not those of the event that they begin with",
    )?;
    commits::check_end(connection, commits::end(connection)?.position())?;
    snapshots::check_all(connection)?;
    tags::check_all(connection)
}

fn none(connection: &Connection, count: &str, damage: &str) -> Result<(), SqliteFault> {
    let found: u64 = connection.query_row(count, [], |row| row.get(0))?;
    if found > 0 {
        return Err(SqliteFault::corrupt(format!("{found} {damage}; {RESTORE}")));
    }
    Ok(())
}

/// Compares the commits of a page with their digests and the tags with the events, and tells where
/// the next page begins.
pub(crate) fn page(
    connection: &Connection,
    after: Horizon,
) -> Result<Option<Horizon>, Failure<ReadError>> {
    let page = read(connection, &ReadLog::new(Query::all()).after(after))?;
    check_digests(&page)?;
    are_found(connection, &page)?;
    Ok((!page.is_complete()).then(|| page.through()))
}

/// Whether each event is found by each of its tags.
fn are_found(connection: &Connection, page: &Page) -> Result<(), SqliteFault> {
    for event in page.events() {
        let position = event.position.offset().get();
        if event.tags.is_empty() {
            continue;
        }
        let of = types::find(connection, &event.to_new_event())?;
        for tag in event.tags.to_vec() {
            let is_found = match of {
                Some(of) => tags::has(connection, &tag, position, of)?,
                None => false,
            };
            if !is_found {
                return Err(SqliteFault::corrupt(format!(
                    "the event at position {position} is not found by one of its tags; {RESTORE}"
                )));
            }
        }
    }
    Ok(())
}
