//! How large the write-ahead log may stay.
//!
//! SQLite begins the log anew when all of it is in the file and no reader needs it, and does not make
//! it smaller by itself: after a reader that took long it would keep the size that it had grown to.

use std::path::Path;

use rusqlite::Connection;

use crate::fault::SqliteFault;

/// A larger log is cut off to this size when it begins anew, and emptied when nothing is written.
pub(crate) const KEPT: u64 = 16 * 1024 * 1024;

/// Lets the connection cut the log off when it begins it anew.
pub(crate) fn limit(connection: &Connection) -> Result<(), SqliteFault> {
    Ok(connection.pragma_update(None, "journal_size_limit", KEPT)?)
}

/// Whether the log at this path is larger than it may stay.
pub(crate) fn is_exceeded(log: &Path) -> bool {
    // The file is not opened: SQLite's locks would go when it is closed.
    log.metadata().is_ok_and(|log| log.len() > KEPT)
}

/// Writes the log back into the file, beside those who read and write. Tells whether all of it is
/// there now.
pub(crate) fn write_back(connection: &Connection) -> Result<bool, SqliteFault> {
    checkpoint(connection, "PASSIVE")
}

/// Empties the log, in the absence of other writers. Tells whether no reader needed it.
pub(crate) fn empty(connection: &Connection) -> Result<bool, SqliteFault> {
    checkpoint(connection, "TRUNCATE")
}

fn checkpoint(connection: &Connection, mode: &str) -> Result<bool, SqliteFault> {
    let checkpoint = format!("PRAGMA wal_checkpoint({mode})");
    let mut columns = [0_i64; 3];
    connection.query_row(&checkpoint, [], |row| {
        for (index, column) in columns.iter_mut().enumerate() {
            *column = row.get(index)?;
        }
        Ok(())
    })?;
    let [was_hindered, pages, written] = columns;
    Ok(was_hindered == 0 && pages == written)
}
