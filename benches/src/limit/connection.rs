//! Connections with the settings of `eventsource-sqlite`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use eventsource_sqlite::SqliteStore;
use rusqlite::{Connection, OpenFlags, params};
use tokio::runtime::Runtime;

use super::{CATEGORY, checksum, types};
use crate::Result;

/// When the write-ahead log is written back, in pages.
const LOG_PAGES: u32 = 4_000;

/// A new file, and the connection that writes to it. The store makes the file, so that it has the
/// tables of all migrations.
pub(crate) fn create(runtime: &Runtime, path: &Path) -> Result<Connection> {
    runtime.block_on(async {
        SqliteStore::open(path).await?.close().await;
        Ok::<_, crate::Error>(())
    })?;
    let connection = open(path)?;
    add_category(&connection)?;
    Ok(connection)
}

/// Adds the category, unless it is there.
pub(crate) fn add_category(connection: &Connection) -> Result<()> {
    let category = "INSERT OR IGNORE INTO stream_categories (category, tenant, name, checksum)
        VALUES (1, '', ?1, ?2)";
    let checksum = checksum::of_category(1, CATEGORY);
    connection.execute(category, params![CATEGORY, checksum])?;
    Ok(())
}

/// A connection to a file that is there.
pub(crate) fn open(path: &Path) -> Result<Connection> {
    let mode = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, mode)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    Ok(connection)
}

/// Connections that read where they are asked, in the calling task: what is read is short.
pub(crate) struct Readers {
    path: PathBuf,
    /// Of types of events, which are read once.
    names: Vec<String>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Connections to this file.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            names: types::names(&open(path)?)?,
            idle: Mutex::default(),
        })
    }

    /// Reads on a connection that nobody uses.
    pub(crate) fn run<T>(
        &self,
        read: impl FnOnce(&Connection, &[String]) -> Result<T>,
    ) -> Result<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let connection = kept.map_or_else(|| open(&self.path), Ok)?;
        let read = read(&connection, &self.names)?;
        idle().push(connection);
        Ok(read)
    }
}
