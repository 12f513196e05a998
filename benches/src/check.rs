//! Checks that a measured round did its work.

use std::fmt::Debug;
use std::path::Path;

use eventsource_sqlite::SqliteStore;
use rusqlite::{Connection, types::FromSql};
use tokio::runtime::Runtime;

use crate::Result;

/// The expected contents of a file after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) streams: usize,
    pub(crate) commits: usize,
    pub(crate) events: usize,
    /// The version of every stream.
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

/// Refuses a file that was written by hand and is not what the store would have written: each row has
/// to match its checksum, and each commit its digest.
pub(crate) fn verified(runtime: &Runtime, path: &Path) -> Result<()> {
    runtime.block_on(async {
        let store = SqliteStore::open(path).await?;
        store.verify().await?;
        store.close().await;
        Ok(())
    })
}

/// Refuses what is not as it has to be.
pub(crate) fn same<T: PartialEq + Debug + Copy>(expected: T, found: T) -> Result<()> {
    equal(&expected, &found)
}

/// The same of what is not copied.
pub(crate) fn equal<T: PartialEq + Debug>(expected: &T, found: &T) -> Result<()> {
    if expected == found {
        Ok(())
    } else {
        Err(format!("{expected:?} was expected, {found:?} was found").into())
    }
}

fn number<T: FromSql>(connection: &Connection, sql: &str) -> Result<T> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}
