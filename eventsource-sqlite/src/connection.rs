//! Connections to the file.

use std::path::Path;
use std::time::Duration;

use eventsource_core::StoreErrorKind;
use eventsource_core::uuid::Uuid;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::fault::Fault;
use crate::schema;

/// How long a connection waits for another one's lock.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// All statements of a connection are kept; those of queries differ by query.
const STATEMENTS: usize = 64;

/// The connection that writes. It creates the file if there is none.
pub(crate) fn writer(path: &Path) -> Result<Connection, Fault> {
    open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
}

/// A connection that never writes an event. It is not opened read-only, since the first to come
/// after a crash has to recover the write-ahead log.
pub(crate) fn reader(path: &Path, store: Uuid) -> Result<Connection, Fault> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    // The writer goes on with the file that it opened, whatever is found under the path by now.
    if schema::find_store_id(&connection)? == Some(store) {
        Ok(connection)
    } else {
        Err(replaced(store))
    }
}

/// Brings the file itself up to date, as far as nobody has to be waited for.
pub(crate) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

fn replaced(store: Uuid) -> Fault {
    let message = format!(
        "the file at this path is no longer store {store}: somebody removed or replaced it while \
        it was open; close the store and open what is there now"
    );
    Fault::new(StoreErrorKind::Incompatible, message)
}

/// Without `SQLITE_OPEN_URI`: a path is a path, whatever it looks like.
fn open(path: &Path, mode: OpenFlags) -> Result<Connection, Fault> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // Otherwise a statement that is bound to another range is compiled anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}
