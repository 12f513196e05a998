//! Connections with the settings of `eventsource-sqlite`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, params};

use super::{CATEGORY, checksum, types};
use crate::Result;

/// All migrations; a new file has no rows to be moved between the last two.
const SCHEMA: [&str; 5] = [
    include_str!("../../../eventsource-sqlite/src/file/schema.sql"),
    include_str!("../../../eventsource-sqlite/src/file/schema/v2_log.sql"),
    include_str!("../../../eventsource-sqlite/src/file/schema/v2_log_end.sql"),
    include_str!("../../../eventsource-sqlite/src/file/schema/v2_models.sql"),
    include_str!("../../../eventsource-sqlite/src/file/schema/v2_models_end.sql"),
];

/// A new file, and the connection that writes to it.
pub(crate) fn create(path: &Path) -> Result<Connection> {
    let connection = open_or_create(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    make_durable(&connection)?;
    for version in SCHEMA {
        connection.execute_batch(version)?;
    }
    let category = "INSERT INTO stream_categories (category, tenant, name, checksum)
        VALUES (1, '', ?1, ?2)";
    let checksum = checksum::of([1], [CATEGORY.as_bytes()]);
    connection.execute(category, params![CATEGORY, checksum])?;
    Ok(connection)
}

/// A connection to a file that is there.
pub(crate) fn open(path: &Path) -> Result<Connection> {
    let connection = open_or_create(path, OpenFlags::empty())?;
    make_durable(&connection)?;
    Ok(connection)
}

fn open_or_create(path: &Path, create: OpenFlags) -> Result<Connection> {
    let mode = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, mode)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    Ok(connection)
}

fn make_durable(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(())
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
