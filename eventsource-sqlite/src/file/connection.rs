//! Connections to the file.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use eventsource_core::StreamId;
use eventsource_core::engine::SlotCache;
use eventsource_core::store::{StoreErrorKind, StoredType};
use eventsource_core::uuid::Uuid;
use rusqlite::config::DbConfig;
use rusqlite::{ErrorCode, OpenFlags};

use super::interned::{Categories, Numbers};
use super::log_size;
use super::shared::Shared;
use crate::fault::SqliteFault;

/// How long a connection waits for another one's lock.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How often, and how many times, a build tries to get the lock: for 30 seconds.
const BETWEEN_TRIES: Duration = Duration::from_millis(1);
const TRIES: i32 = 30_000;
/// All statements of a connection are kept; those of queries differ by query.
const STATEMENTS: usize = 64;

/// How many names of streams and types of events a connection remembers.
const STREAMS: usize = 16 * 1024;
const TYPES: usize = 1024;

/// A connection, and what it has read that never changes once it is committed.
#[derive(Debug)]
pub(crate) struct Connection {
    sqlite: rusqlite::Connection,
    pub(crate) streams: RefCell<SlotCache<StreamId>>,
    pub(crate) types: RefCell<SlotCache<StoredType>>,
    pub(crate) numbers: RefCell<Numbers>,
    pub(crate) categories: RefCell<Categories>,
    /// The last type up to which the types of events were compared with their checksums.
    pub(crate) checked_types: Cell<i64>,
}

impl Connection {
    pub(crate) fn new(sqlite: rusqlite::Connection) -> Self {
        Self {
            sqlite,
            streams: RefCell::new(SlotCache::new(STREAMS)),
            types: RefCell::new(SlotCache::new(TYPES)),
            numbers: RefCell::default(),
            categories: RefCell::default(),
            checked_types: Cell::default(),
        }
    }

    /// After a transaction that was undone its numbers are given to others.
    pub(crate) fn clear_caches(&self) {
        self.streams.borrow_mut().clear();
        self.types.borrow_mut().clear();
        self.numbers.borrow_mut().clear();
        self.categories.borrow_mut().clear();
        self.checked_types.set(0);
    }
}

impl From<Connection> for rusqlite::Connection {
    fn from(connection: Connection) -> Self {
        connection.sqlite
    }
}

impl Deref for Connection {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        &self.sqlite
    }
}

/// The connection that writes. It creates the file if there is none.
pub(crate) fn writer(path: &Path) -> Result<rusqlite::Connection, SqliteFault> {
    connect(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
}

/// A connection that never writes an event. It is not opened read-only, since the first to come
/// after a crash has to recover the write-ahead log.
pub(crate) fn reader(shared: &Shared) -> Result<Connection, SqliteFault> {
    let connection = if shared.is_read_only() {
        read_only(&shared.path)?
    } else {
        connect_to(shared)?
    };
    connection.pragma_update(None, "query_only", true)?;
    of_store(connection, shared)
}

/// A connection that builds tables beside the one that writes. It tries so often to get the lock
/// that it is not kept out by those who append all the time.
pub(crate) fn builder(shared: &Shared) -> Result<Connection, SqliteFault> {
    #[allow(unused_mut, reason = "only newer versions of rusqlite need it")]
    let mut connection = connect_to(shared)?;
    make_durable(&connection)?;
    connection.busy_handler(Some(|tries| {
        thread::sleep(BETWEEN_TRIES);
        tries < TRIES
    }))?;
    of_store(connection, shared)
}

/// A connection to a file that no process writes to. It takes no locks and needs no other file.
pub(crate) fn read_only(path: &Path) -> Result<rusqlite::Connection, SqliteFault> {
    let mode = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    connect(&immutable(path), mode)
}

/// A file that is not there any more is lost for good, and not only unavailable for a while.
fn connect_to(shared: &Shared) -> Result<rusqlite::Connection, SqliteFault> {
    connect(&shared.path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|fault| shared.check_files().err().unwrap_or(fault))
}

/// The writer goes on with the file that it opened. Another one that stands at its path by now is
/// not read, be it another store or an older copy of the same one.
fn of_store(connection: rusqlite::Connection, shared: &Shared) -> Result<Connection, SqliteFault> {
    let found = super::store_id::find_store_id(&connection);
    shared.check_files()?;
    if found? == Some(shared.id) {
        Ok(Connection::new(connection))
    } else {
        Err(replaced(shared.id))
    }
}

/// Brings the file itself up to date, as far as nobody has to be waited for.
pub(crate) fn checkpoint(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

fn replaced(store: Uuid) -> SqliteFault {
    let message = format!(
        "the file at this path is no longer store {store}: it was removed or replaced while \
        it was open; close the store and open what is there now"
    );
    SqliteFault::new(StoreErrorKind::Incompatible, message)
}

/// The path as a URI, the only form in which SQLite takes this setting.
fn immutable(path: &Path) -> PathBuf {
    let start = if cfg!(windows) { "file:///" } else { "file://" };
    let path = path.as_os_str().as_encoded_bytes().iter();
    let path: String = path.map(|byte| in_uri(*byte)).collect();
    format!("{start}{path}?immutable=1").into()
}

fn in_uri(byte: u8) -> String {
    match byte {
        b'\\' if cfg!(windows) => "/".to_owned(),
        b'/' => "/".to_owned(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    }
}

/// Without `SQLITE_OPEN_URI` a path is a path, whatever it looks like.
fn connect(path: &Path, mode: OpenFlags) -> Result<rusqlite::Connection, SqliteFault> {
    let mode = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = rusqlite::Connection::open_with_flags(path, mode)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // Otherwise a statement that is bound to another range is compiled anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// A commit is acknowledged when the system says that it is on the disk.
pub(crate) fn make_durable(connection: &rusqlite::Connection) -> Result<(), SqliteFault> {
    use_write_ahead_log(connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Only macOS knows these: there, fsync leaves data in the cache of the disk.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    log_size::limit(connection)?;
    // SQLite creates the log when it is needed first.
    connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
    Ok(())
}

/// SQLite does not wait for a lock here, so that processes which open a new file at the same time
/// would hinder each other.
pub(crate) fn use_write_ahead_log(connection: &rusqlite::Connection) -> Result<(), SqliteFault> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match set_journal_mode(connection) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(no_shared_memory(&mode)),
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// SQLite answers first and commits afterwards, so the statement has to be run to its end: what
/// fails there leaves the file in its old mode, in which less is durable.
pub(crate) fn set_journal_mode(connection: &rusqlite::Connection) -> rusqlite::Result<String> {
    let mut set = connection.prepare("PRAGMA journal_mode = WAL")?;
    let (mut rows, mut mode) = (set.query([])?, String::new());
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    Ok(mode)
}

pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

pub(crate) fn no_shared_memory(mode: &str) -> SqliteFault {
    let message = format!(
        "its file system cannot share memory between processes (journal mode `{mode}`); \
        put the store on a local disk"
    );
    SqliteFault::new(StoreErrorKind::Unsupported, message)
}
