//! Copying a store while it is used.

use std::io;
use std::path::Path;

use eventsource_core::store::StoreErrorKind;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ffi};

use super::directory;
use super::partial_copy::{self, PartialCopy};
use crate::fault::SqliteFault;

/// Copies what the connection sees. The copy appears under its name once it is whole and durable.
pub(crate) fn backup(source: &Connection, target: &Path) -> Result<(), SqliteFault> {
    refuse_existing(target)?;
    let blame_disk = |error| disk(target, &error);
    partial_copy::remove_abandoned_beside(target);
    // SQLite would not say why it cannot.
    let partial = PartialCopy::begin(target).map_err(blame_disk)?;
    copy(source, partial.path()).map_err(|fault| blame(target, fault))?;
    partial.sync().map_err(blame_disk)?;
    refuse_existing(target)?;
    partial.rename(target).map_err(blame_disk)?;
    directory::sync(target).map_err(blame_disk)
}

/// All pages in one step: between two, a writer could change a page that was copied, and the copy
/// would begin again.
fn copy(source: &Connection, partial: &Path) -> Result<(), SqliteFault> {
    let mut copy = Connection::open(partial)?;
    // If this is cut off, the file is thrown away.
    copy.pragma_update(None, "synchronous", "OFF")?;
    copy.pragma_update(None, "journal_mode", "MEMORY")?;
    let step = Backup::new(source, &mut copy)?.step(-1)?;
    if !matches!(step, StepResult::Done) {
        let message = format!("the copy was not finished ({step:?}); try again");
        return Err(SqliteFault::new(StoreErrorKind::Busy, message));
    }
    copy.close().map_err(|(_, error)| error.into())
}

/// Beside the log of another file the copy would be taken for the one that the log belongs to.
fn refuse_existing(target: &Path) -> Result<(), SqliteFault> {
    for end in ["", "-wal", "-journal"] {
        let mut file = target.as_os_str().to_owned();
        file.push(end);
        let file = Path::new(&file);
        if file.try_exists().map_err(|error| disk(target, &error))? {
            let message = "it exists already; a backup overwrites nothing";
            return Err(SqliteFault::new(StoreErrorKind::Unsupported, message).of_file(file));
        }
    }
    Ok(())
}

/// SQLite does not say of which of the two files it speaks, but of the source it only reads.
fn blame(target: &Path, fault: SqliteFault) -> SqliteFault {
    use StoreErrorKind as Kind;
    let of_target = match fault.kind() {
        Kind::Full | Kind::ReadOnly | Kind::Unavailable => true,
        Kind::Io => fault.code().is_none_or(|code| !READING.contains(&code)),
        _ => false,
    };
    if of_target {
        fault.of_file(target)
    } else {
        fault
    }
}

/// The codes of SQLite where it cannot read.
const READING: [i32; 2] = [ffi::SQLITE_IOERR_READ, ffi::SQLITE_IOERR_SHORT_READ];

fn disk(target: &Path, error: &io::Error) -> SqliteFault {
    use StoreErrorKind as Kind;
    let (kind, advice) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (Kind::Full, "make room, or choose another disk")
        }
        io::ErrorKind::NotFound => (Kind::Unavailable, "create its directory first"),
        _ if directory::is_read_only(error) => {
            (Kind::ReadOnly, "check who may write the directory")
        }
        _ => (Kind::Io, "check the disk"),
    };
    SqliteFault::new(kind, format!("{error}; {advice}")).of_file(target)
}

#[cfg(test)]
mod tests {
    use rusqlite::Error;

    use super::*;

    fn kind_and_file(fault: SqliteFault) -> (StoreErrorKind, bool) {
        let error = fault.at(Path::new("source.db"));
        (error.kind(), error.to_string().starts_with("target.db: "))
    }

    #[test]
    fn what_is_wrong_with_the_target_names_the_target() {
        use StoreErrorKind as Kind;
        let target = Path::new("target.db");
        let sqlite = |code| {
            kind_and_file(blame(
                target,
                Error::SqliteFailure(ffi::Error::new(code), None).into(),
            ))
        };
        assert_eq!(sqlite(ffi::SQLITE_FULL), (Kind::Full, true));
        assert_eq!(sqlite(ffi::SQLITE_READONLY), (Kind::ReadOnly, true));
        assert_eq!(sqlite(ffi::SQLITE_IOERR_WRITE), (Kind::Io, true));
        assert_eq!(sqlite(ffi::SQLITE_IOERR_READ), (Kind::Io, false));
        assert_eq!(sqlite(ffi::SQLITE_CORRUPT), (Kind::Corrupt, false));
        let system = |kind: io::ErrorKind| kind_and_file(disk(target, &kind.into()));
        assert_eq!(system(io::ErrorKind::StorageFull), (Kind::Full, true));
        assert_eq!(
            system(io::ErrorKind::ReadOnlyFilesystem),
            (Kind::ReadOnly, true)
        );
        assert_eq!(system(io::ErrorKind::NotFound), (Kind::Unavailable, true));
    }
}
