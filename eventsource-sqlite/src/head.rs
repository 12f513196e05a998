//! Where the log ends.

use eventsource_core::Position;
use rusqlite::Connection;

use crate::fault::Fault;

/// The position of the last event that this connection sees.
pub(crate) fn head(connection: &Connection) -> Result<Position, Fault> {
    let mut last = connection.prepare_cached("SELECT max(position) FROM events")?;
    let last: Option<u64> = last.query_row([], |row| row.get(0))?;
    Ok(Position::new(last.unwrap_or(0)))
}
