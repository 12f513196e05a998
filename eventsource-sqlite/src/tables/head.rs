//! Where the log ends.

use eventsource_core::Position;
use rusqlite::{Connection, Statement};

use crate::fault::Fault;

pub(crate) const HEAD: &str = "SELECT coalesce(max(position), 0) FROM events";

/// The position of the last event that this connection sees.
pub(crate) fn head(connection: &Connection) -> Result<Position, Fault> {
    head_with(&mut *connection.prepare_cached(HEAD)?)
}

/// The same with a statement that is kept, of [`HEAD`].
pub(crate) fn head_with(head: &mut Statement<'_>) -> Result<Position, Fault> {
    Ok(Position::new(head.query_row([], |row| row.get(0))?))
}
