//! Which transactions wait for the disk.
//!
//! A commit of events does. A step of a model need not: after a power cut rows and checkpoint
//! stand together where they stood before, and the events are taken again. Its pages follow those
//! of the events in one log, of which a power cut leaves a beginning, so that a checkpoint is never
//! ahead of the events; and the next commit of events brings the whole log to the disk.
//!
//! What must not happen is that a sync of the log fails and nobody hears of it: the system tells
//! of it once, and the next sync would succeed over a log with a hole. So only a COMMIT
//! or an idle writer, whose failures are heard, ever syncs a log that has steps in it that are not on
//! the disk: SQLite writes no checkpoint after a step that did not wait. Now and then a step waits, so that the log can be
//! written back although no event comes.

use eventsource_core::store::StoreErrorKind;
use rusqlite::Connection;

use crate::fault::SqliteFault;

/// SQLite writes the log back once it has so many pages: as many as fit into the size that the log
/// [keeps](crate::file::log_size::KEPT). Pages that change again and again, such as those of the index
/// of streams under random ids, are written back once for all their changes: 1 million such streams
/// write 2.6 GB less than with the 1,000 pages of SQLite's default.
const LOG_PAGES: u32 = 4_000;

/// After so many rows that did not wait for the disk one step waits.
const ROWS: usize = 1_000;

/// How the connection is set.
#[derive(Debug, Default)]
pub(crate) struct Durability {
    /// `None` if that is not known.
    waits: Option<bool>,
    /// How many rows may not be on the disk.
    rows: usize,
}

impl Durability {
    /// Lets the next transaction wait for the disk. Nothing is acknowledged that did not pass
    /// here.
    pub(crate) fn wait(&mut self, connection: &Connection) -> Result<(), SqliteFault> {
        if self.waits != Some(true) {
            self.set(connection, "FULL", 2)?;
            connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
            self.waits = Some(true);
        }
        Ok(())
    }

    /// The next transaction changes so many rows, and need not wait for the disk.
    pub(crate) fn need_not_wait(
        &mut self,
        connection: &Connection,
        rows: usize,
    ) -> Result<(), SqliteFault> {
        self.rows = self.rows.saturating_add(rows);
        if self.rows >= ROWS {
            return self.wait(connection);
        }
        if self.waits != Some(false) {
            connection.pragma_update(None, "wal_autocheckpoint", 0)?;
            self.set(connection, "NORMAL", 1)?;
            self.waits = Some(false);
        }
        Ok(())
    }

    /// A transaction was committed.
    pub(crate) fn committed(&mut self) {
        if self.waits == Some(true) {
            self.rows = 0;
        }
    }

    fn set(&mut self, connection: &Connection, mode: &str, number: i64) -> Result<(), SqliteFault> {
        self.waits = None;
        connection.pragma_update(None, "synchronous", mode)?;
        let found: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        if found == number {
            return Ok(());
        }
        let message =
            format!("SQLite does not wait for the disk as its settings demand (`{mode}`)");
        Err(SqliteFault::new(StoreErrorKind::Unsupported, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(connection: &Connection) -> (i64, i64) {
        let value = |name| {
            connection
                .pragma_query_value(None, name, |row| row.get(0))
                .unwrap()
        };
        (value("synchronous"), value("wal_autocheckpoint"))
    }

    #[test]
    fn a_step_now_and_then_waits_and_whatever_follows_events_does() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("store.db")).unwrap();
        let mut durability = Durability::default();
        durability.need_not_wait(&connection, 999).unwrap();
        durability.committed();
        assert_eq!(mode(&connection), (1, 0));
        durability.need_not_wait(&connection, 1).unwrap();
        durability.committed();
        assert_eq!(mode(&connection), (2, LOG_PAGES.into()));
        durability.need_not_wait(&connection, 999).unwrap();
        durability.committed();
        assert_eq!(mode(&connection), (1, 0));
        durability.wait(&connection).unwrap();
        durability.committed();
        assert_eq!(mode(&connection), (2, LOG_PAGES.into()));
        durability.need_not_wait(&connection, 999).unwrap();
        assert_eq!(mode(&connection), (1, 0));
    }

    #[test]
    fn a_transaction_that_is_open_is_no_time_to_change_it() {
        let connection = Connection::open_in_memory().unwrap();
        let mut durability = Durability::default();
        durability.need_not_wait(&connection, 1).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        durability.wait(&connection).unwrap_err();
        connection.execute_batch("COMMIT").unwrap();
        durability.wait(&connection).unwrap();
        assert_eq!(mode(&connection).0, 2);
    }
}
