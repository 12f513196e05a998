//! Opening a store.

use std::path::{Path, PathBuf};
use std::{fs, io};

use eventsource_core::store::StoreErrorKind;
use rusqlite::Connection;

use super::store_files::companion_path;
use super::{connection, directory};
use crate::fault::{RESTORE, SqliteFault};

/// The path as it will still mean the same file when the program has changed its directory.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, SqliteFault> {
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        let message = "a store is a file; for one that is gone afterwards use `MemoryStore`";
        return Err(SqliteFault::new(StoreErrorKind::Unsupported, message));
    }
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        let message = "the path has a NUL in it, which no file name can have; choose another";
        return Err(SqliteFault::new(StoreErrorKind::Unsupported, message));
    }
    std::path::absolute(path)
        .map_err(|error| SqliteFault::new(StoreErrorKind::Unavailable, error.to_string()))
}

/// Refuses a file that SQLite would take for another one than it is.
pub(crate) fn refuse_unfit(path: &Path) -> Result<(), SqliteFault> {
    // The log is looked at first: a process that creates a store writes the file before the log.
    let log = log_of_missing(path).filter(|log| has_content(log));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Ok(()),
        Err(_) => return log.map_or(Ok(()), |log| Err(left_behind(&log))),
    };
    if let Some(log) = log.filter(|_| metadata.len() == 0) {
        return Err(left_behind(&log));
    }
    if metadata.is_dir() {
        return Err(is_directory());
    }
    // SQLite takes this length for that of an empty file.
    if metadata.len() == 1 {
        return Err(SqliteFault::new(
            StoreErrorKind::Incompatible,
            no_database(),
        ));
    }
    Ok(())
}

/// The log of a file that need not exist.
fn log_of_missing(path: &Path) -> Option<PathBuf> {
    let file = fs::canonicalize(path).ok().or_else(|| {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        Some(folder.join(path.file_name()?))
    });
    let mut log = file?.into_os_string();
    log.push("-wal");
    Some(log.into())
}

fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}

/// SQLite would remove the log, and with it commits that were acknowledged.
fn left_behind(log: &Path) -> SqliteFault {
    let message = format!(
        "the file is missing or empty, and its log {} is not: the log may hold commits that are \
        nowhere else; put the file that belongs to it back in its place, or, if it is of no use, \
        remove the log",
        log.display()
    );
    SqliteFault::new(StoreErrorKind::Incompatible, message)
}

pub(crate) fn refuse_missing(path: &Path) -> Result<(), SqliteFault> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > 0 => Ok(()),
        Ok(_) => Err(SqliteFault::new(
            StoreErrorKind::Incompatible,
            "this is an empty file and no store yet; open it once without `read_only()`",
        )),
        Err(error) => Err(unopened(path, &error)),
    }
}

/// Refuses a store of which a part stands in a log that is not read.
pub(crate) fn refuse_log(path: &Path) -> Result<(), SqliteFault> {
    if has_content(&companion_path(path, "-wal")?) {
        let message = "a `-wal` file stands beside it, with commits that are not in the file yet, \
            or a program has it open; open and close it once where it may be written, or open it \
            without `read_only()`";
        return Err(SqliteFault::new(StoreErrorKind::Unsupported, message));
    }
    Ok(())
}

pub(crate) fn connect(path: &Path) -> Result<Connection, SqliteFault> {
    connection::writer(path)
        .and_then(|connection| {
            // SQLite looks into the file only when it is read.
            connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
            Ok(connection)
        })
        .map_err(|fault| explain(path, fault))
}

/// Explains a failure that SQLite calls `unable to open database file` in every case.
fn explain(path: &Path, fault: SqliteFault) -> SqliteFault {
    use StoreErrorKind as Kind;
    match fault.kind() {
        Kind::Corrupt => explain_content(fault),
        Kind::Unavailable if !path.exists() => unopened(path, &io::ErrorKind::NotFound.into()),
        Kind::Unavailable if is_read_only(path) => {
            unopened(path, &io::ErrorKind::PermissionDenied.into())
        }
        Kind::Unavailable => fault.explain(
            Kind::ReadOnly,
            "its `-wal` and `-shm` files cannot be created or opened; make its directory, and \
            these files if they exist, writable",
        ),
        _ => fault,
    }
}

pub(crate) fn explain_content(fault: SqliteFault) -> SqliteFault {
    match fault.kind() {
        StoreErrorKind::Corrupt => fault.explain(StoreErrorKind::Incompatible, no_database()),
        _ => fault,
    }
}

fn is_directory() -> SqliteFault {
    let message = "this is a directory; a store is a file";
    SqliteFault::new(StoreErrorKind::Incompatible, message)
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
pub(crate) fn unopened(path: &Path, error: &io::Error) -> SqliteFault {
    use StoreErrorKind as Kind;
    if !path.parent().is_some_and(Path::is_dir) {
        let message = "its directory does not exist; create it first";
        return SqliteFault::new(Kind::Unavailable, message);
    }
    if directory::is_read_only(error) && path.exists() {
        let message = format!("{error}; make the file and its directory writable");
        return SqliteFault::new(Kind::ReadOnly, message);
    }
    if directory::is_read_only(error) {
        let message = "no file can be created here; check who may write the directory";
        return SqliteFault::new(Kind::ReadOnly, message);
    }
    SqliteFault::new(Kind::Unavailable, format!("it cannot be opened: {error}"))
}

/// The file and its log are there by now. Nothing is acknowledged, and nothing is written back from
/// the log into the file, before their names are durable. SQLite takes no notice if that fails.
pub(crate) fn make_names_durable(path: &Path) -> Result<(), SqliteFault> {
    match directory::sync(path) {
        Err(error) if can_be_synced(&error) => {
            let message = format!("its directory could not be synchronised: {error}");
            Err(SqliteFault::new(StoreErrorKind::Io, message))
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
