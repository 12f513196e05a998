//! The connection that writes, with its locks.

use rusqlite::config::DbConfig;

use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::file::open_file::OpenFile;
use crate::file::shared::Shared;
use crate::file::write_lock::WriteLock;
use crate::models::Authorizer;

/// The one connection of a store that writes, the lock that it takes for each transaction, and the
/// main file, which is closed after all connections.
#[derive(Debug)]
pub(crate) struct WriteConnection {
    pub(crate) connection: Connection,
    pub(crate) write_lock: WriteLock,
    pub(crate) authorizer: Authorizer,
    /// `None` for a store that no process writes to.
    file: Option<OpenFile>,
}

impl WriteConnection {
    pub(crate) fn new(
        mut connection: rusqlite::Connection,
        write_lock: WriteLock,
        file: Option<OpenFile>,
    ) -> Result<Self, SqliteFault> {
        Ok(Self {
            authorizer: Authorizer::set(&mut connection)?,
            connection: Connection::new(connection),
            write_lock,
            file,
        })
    }

    /// Closes the connection, after all others of the store.
    pub(crate) fn close(self, shared: &Shared) {
        let connection = rusqlite::Connection::from(self.connection);
        if shared.check_files().is_err() {
            // SQLite would write to, and remove, what is found under these names now.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        drop(self.write_lock);
        match self.file {
            Some(file) => file.close(connection),
            None => drop(connection),
        }
    }

    /// Closes the connection before the others of the store, and returns the main file, which has to
    /// be kept until they are closed.
    pub(crate) fn abandon(self) -> Option<OpenFile> {
        drop(self.connection);
        self.file
    }
}
