//! Whether what was measured was done.

use std::fmt::Debug;
use std::path::Path;

use rusqlite::{Connection, types::FromSql};

use crate::Result;

/// What a file has to hold after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) streams: usize,
    pub(crate) commits: usize,
    pub(crate) events: usize,
    /// At which every stream stands.
    pub(crate) version: usize,
}

/// Refuses a round that did not store what it was to store.
pub(crate) fn stored(path: &Path, expected: Stored) -> Result<()> {
    let connection = Connection::open(path)?;
    let Stored {
        streams,
        commits,
        events,
        version,
    } = expected;
    let count = |sql: &str| number::<usize>(&connection, sql);
    same(streams, count("SELECT count(*) FROM streams")?)?;
    same(commits, count("SELECT count(*) FROM commits")?)?;
    same(events, count("SELECT count(*) FROM events")?)?;
    same(events, count("SELECT max(position) FROM events")?)?;
    same(version, count("SELECT min(version) FROM streams")?)?;
    same(version, count("SELECT max(version) FROM streams")?)?;
    same(version, count("SELECT max(version) FROM events")?)
}

/// Refuses what is not as it has to be.
pub(crate) fn same<T: PartialEq + Debug + Copy>(expected: T, found: T) -> Result<()> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("{expected:?} was expected, {found:?} was found").into())
    }
}

fn number<T: FromSql>(connection: &Connection, sql: &str) -> Result<T> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}
