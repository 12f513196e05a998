//! Opening a store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eventsource_core::uuid::Uuid;
use eventsource_core::{Environment, Position, StoreErrorKind};
use rusqlite::{Connection, ErrorCode};

use crate::fault::{Fault, RESTORE};
use crate::head::head;
use crate::models::Rules;
use crate::open_file::OpenFile;
use crate::readers::Readers;
use crate::shared::Shared;
use crate::store_files::beside;
use crate::watcher::Watcher;
use crate::write_connection::WriteConnection;
use crate::write_lock::WriteLock;
use crate::writer::Writer;
use crate::{connection, directory, log_size, partial_copy, schema, single_name};

/// What stands behind the handles of a store.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) environment: Box<dyn Environment>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    pub(crate) watcher: Watcher,
}

/// Opens the store in this file, or creates it.
pub(crate) fn open(
    path: &Path,
    environment: Box<dyn Environment>,
    rules: Rules,
) -> Result<Opened, Fault> {
    refuse_unfit(path)?;
    single_name::check(path)?;
    let file = OpenFile::enter(path)?;
    let mut connection = connect(path)?;
    schema::check(&mut connection)?;
    make_durable(&connection)?;
    make_names_durable(path)?;
    let files = file.hold(path)?;
    // Or the log stays where opening fails.
    let release = |_: &Fault| file.release_if_last();
    let write_lock = WriteLock::open(path).inspect_err(release)?;
    schema::migrate(&mut connection, &write_lock, &*environment).inspect_err(release)?;
    let of_store = id_and_head(&connection).inspect_err(release)?;
    let (shared, ending) = Shared::new(path.to_owned(), files, of_store);
    let readers = Readers::new(Arc::clone(&shared));
    readers.open_spare().inspect_err(release)?;
    let watcher = Watcher::new(Arc::clone(&shared));
    let connection = WriteConnection::new(connection, write_lock, Some(file))?;
    let writer = Writer::start(connection, rules, Arc::clone(&shared), ending)?;
    partial_copy::remove_abandoned_beside(path);
    Ok(Opened {
        environment,
        shared,
        writer,
        readers,
        watcher,
    })
}

/// Opens a store that nothing is written to, neither here nor elsewhere.
pub(crate) fn open_read_only(
    path: &Path,
    environment: Box<dyn Environment>,
) -> Result<Opened, Fault> {
    refuse_unfit(path)?;
    refuse_missing(path)?;
    refuse_log(path)?;
    let mut connection = connection::read_only(path)?;
    schema::check_current(&mut connection).map_err(explain_content)?;
    let of_store = id_and_head(&connection)?;
    let (shared, ending) = Shared::read_only(path.to_owned(), of_store);
    let readers = Readers::new(Arc::clone(&shared));
    let watcher = Watcher::new(Arc::clone(&shared));
    let connection = WriteConnection::new(connection, WriteLock::none(), None)?;
    let writer = Writer::start(connection, Rules::default(), Arc::clone(&shared), ending)?;
    Ok(Opened {
        environment,
        shared,
        writer,
        readers,
        watcher,
    })
}

fn id_and_head(connection: &Connection) -> Result<(Uuid, Position), Fault> {
    Ok((schema::store_id(connection)?, head(connection)?))
}

/// The path as it will still mean the same file when the program has changed its directory.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        let message = "a store is a file; for one that is gone afterwards use `MemoryStore`";
        return Err(Fault::new(StoreErrorKind::Unsupported, message));
    }
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        let message = "the path has a NUL in it, which no file name can have; choose another";
        return Err(Fault::new(StoreErrorKind::Unsupported, message));
    }
    std::path::absolute(path)
        .map_err(|error| Fault::new(StoreErrorKind::Unavailable, error.to_string()))
}

/// Refuses a file that SQLite would take for another one than it is.
fn refuse_unfit(path: &Path) -> Result<(), Fault> {
    let Ok(metadata) = fs::metadata(path) else {
        return Ok(());
    };
    if metadata.is_dir() {
        return Err(is_directory());
    }
    // SQLite takes this length for that of an empty file.
    if metadata.len() == 1 {
        return Err(Fault::new(StoreErrorKind::Incompatible, no_database()));
    }
    Ok(())
}

fn refuse_missing(path: &Path) -> Result<(), Fault> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > 0 => Ok(()),
        Ok(_) => Err(Fault::new(
            StoreErrorKind::Incompatible,
            "this is an empty file and no store yet; open it once without `read_only()`",
        )),
        Err(error) => Err(unopened(path, &error)),
    }
}

/// Refuses a store of which a part stands in a log that is not read.
fn refuse_log(path: &Path) -> Result<(), Fault> {
    let log = beside(path, "-wal")?;
    if fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0) {
        let message = "a `-wal` file stands beside it, with commits that are not in the file yet, \
            or a program has it open; open and close it once where it may be written, or open it \
            without `read_only()`";
        return Err(Fault::new(StoreErrorKind::Unsupported, message));
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, Fault> {
    connection::writer(path)
        .and_then(|connection| {
            // SQLite looks into the file only when it is read.
            connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
            Ok(connection)
        })
        .map_err(|fault| explain(path, fault))
}

/// What SQLite calls `unable to open database file` in every case.
fn explain(path: &Path, fault: Fault) -> Fault {
    use StoreErrorKind as Kind;
    match fault.kind() {
        Kind::Corrupt => explain_content(fault),
        Kind::Unavailable if !path.exists() => unopened(path, &io::ErrorKind::NotFound.into()),
        Kind::Unavailable if is_read_only(path) => {
            unopened(path, &io::ErrorKind::PermissionDenied.into())
        }
        Kind::Unavailable => fault.told(
            Kind::ReadOnly,
            "its `-wal` and `-shm` files cannot be created or opened; make its directory, and \
            these files if they exist, writable",
        ),
        _ => fault,
    }
}

fn explain_content(fault: Fault) -> Fault {
    match fault.kind() {
        StoreErrorKind::Corrupt => fault.told(StoreErrorKind::Incompatible, no_database()),
        _ => fault,
    }
}

fn is_directory() -> Fault {
    let message = "this is a directory; a store is a file";
    Fault::new(StoreErrorKind::Incompatible, message)
}

fn no_database() -> String {
    format!(
        "this is not an SQLite database, or a damaged one, and was left untouched; choose another \
        path, or {RESTORE}"
    )
}

/// To open it and close it again would drop the locks that SQLite has on it in this process.
fn is_read_only(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly())
}

/// The reason why the system does not open a file, or create it.
pub(crate) fn unopened(path: &Path, error: &io::Error) -> Fault {
    use StoreErrorKind as Kind;
    if !path.parent().is_some_and(Path::is_dir) {
        let message = "its directory does not exist; create it first";
        return Fault::new(Kind::Unavailable, message);
    }
    if directory::is_read_only(error) && path.exists() {
        let message = format!("{error}; make the file and its directory writable");
        return Fault::new(Kind::ReadOnly, message);
    }
    if directory::is_read_only(error) {
        let message = "no file can be created here; check who may write the directory";
        return Fault::new(Kind::ReadOnly, message);
    }
    Fault::new(Kind::Unavailable, format!("it cannot be opened: {error}"))
}

/// A commit is acknowledged when the system says that it is on the disk.
pub(crate) fn make_durable(connection: &Connection) -> Result<(), Fault> {
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

/// The file and its log are there by now. Nothing is acknowledged, and nothing is written back from
/// the log into the file, before their names are durable. SQLite takes no notice if that fails.
fn make_names_durable(path: &Path) -> Result<(), Fault> {
    match directory::sync(path) {
        Err(error) if can_be_synced(&error) => {
            let message = format!("its directory could not be synchronised: {error}");
            Err(Fault::new(StoreErrorKind::Io, message))
        }
        _ => Ok(()),
    }
}

/// Not every file system can do that with directories, and not everybody may ask it to.
fn can_be_synced(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let never = [
        Kind::InvalidInput,
        Kind::Unsupported,
        Kind::PermissionDenied,
    ];
    !never.contains(&error.kind())
}

/// SQLite does not wait for a lock here, so that processes which open a new file at the same time
/// would hinder each other.
fn use_write_ahead_log(connection: &Connection) -> Result<(), Fault> {
    let deadline = Instant::now() + connection::PATIENCE;
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
fn set_journal_mode(connection: &Connection) -> rusqlite::Result<String> {
    let mut set = connection.prepare("PRAGMA journal_mode = WAL")?;
    let (mut rows, mut mode) = (set.query([])?, String::new());
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    Ok(mode)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn no_shared_memory(mode: &str) -> Fault {
    let message = format!(
        "its file system cannot share memory between processes (journal mode `{mode}`); \
        put the store on a local disk"
    );
    Fault::new(StoreErrorKind::Unsupported, message)
}
