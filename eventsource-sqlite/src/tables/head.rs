//! The end of the log.

use eventsource_core::Position;
use rusqlite::{Connection, Statement};

use crate::fault::SqliteFault;

const HEAD: &str = "SELECT coalesce(max(position), 0) FROM events";

/// The position of the last event, and the number of the last stream.
pub(crate) const ENDS: &str = "SELECT (SELECT coalesce(max(position), 0) FROM events),
    (SELECT coalesce(max(stream), 0) FROM streams)";

/// The position of the last event that this connection sees.
pub(crate) fn head(connection: &Connection) -> Result<Position, SqliteFault> {
    let mut head = connection.prepare_cached(HEAD)?;
    Ok(Position::new(head.query_row([], |row| row.get(0))?))
}

/// The position of the last event, and the number of the last stream, with a statement of [`ENDS`].
pub(crate) fn ends_with(ends: &mut Statement<'_>) -> Result<(Position, i64), SqliteFault> {
    Ok(ends.query_row([], |row| Ok((Position::new(row.get(0)?), row.get(1)?)))?)
}
