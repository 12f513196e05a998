//! Faults of SQLite, on their way to a [`StoreError`].

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventsource_core::Position;
use eventsource_core::engine::Damage;
use eventsource_core::store::{StoreError, StoreErrorKind};
use rusqlite::ErrorCode;

/// A failure that does not know its file yet, and that several callers can be told.
#[derive(Clone, Debug)]
pub(crate) struct SqliteFault {
    kind: StoreErrorKind,
    message: String,
    /// The path of another file than the store's own.
    file: Option<PathBuf>,
    source: Option<Arc<rusqlite::Error>>,
    /// The position of an event whose payload was archived, if that is what was met.
    archived: Option<Position>,
}

impl SqliteFault {
    pub(crate) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            file: None,
            source: None,
            archived: None,
        }
    }

    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Corrupt, message)
    }

    /// The payload of the event at this position was archived, so that it cannot be read here.
    pub(crate) fn archived_at(position: u64) -> Self {
        let position = Position::new(position);
        Self {
            archived: Some(position),
            ..Self::new(StoreErrorKind::Archived, "")
        }
    }

    pub(crate) fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The same failure under another message, which says more than SQLite knows.
    pub(crate) fn explain(mut self, kind: StoreErrorKind, message: impl Into<String>) -> Self {
        (self.kind, self.message) = (kind, message.into());
        self
    }

    /// The same failure of another file than the store's.
    pub(crate) fn of_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// The code of SQLite, with its extension.
    pub(crate) fn code(&self) -> Option<i32> {
        let error = self.source.as_ref()?.sqlite_error()?;
        Some(error.extended_code)
    }

    pub(crate) fn at(self, path: &Path) -> StoreError {
        if let Some(position) = self.archived {
            return StoreError::archived(position);
        }
        let path = self.file.as_deref().unwrap_or(path);
        let error = StoreError::new(self.kind, format!("{}: {}", path.display(), self.message));
        match self.source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }
}

impl From<Damage> for SqliteFault {
    fn from(damage: Damage) -> Self {
        Self::corrupt(format!("the file is damaged: {damage}; {RESTORE}"))
    }
}

impl From<rusqlite::Error> for SqliteFault {
    fn from(error: rusqlite::Error) -> Self {
        let (kind, message) = judge(&error);
        Self {
            kind,
            message: message.into(),
            file: None,
            source: Some(Arc::new(error)),
            archived: None,
        }
    }
}

impl From<rusqlite::types::FromSqlError> for SqliteFault {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::corrupt(format!(
            "a value has not the type of its column ({error}); {RESTORE}"
        ))
    }
}

pub(crate) const RESTORE: &str = "restore a backup: close every program, remove the file with its \
    `-wal` and `-shm`, and copy the backup there";

/// In which way SQLite failed, and what to do; its own words are those of the source.
fn judge(error: &rusqlite::Error) -> (StoreErrorKind, Cow<'static, str>) {
    if matches!(error, rusqlite::Error::ToSqlConversionFailure(_)) {
        return (StoreErrorKind::Unsupported, past_limit().into());
    }
    if is_damage(error) {
        let message = format!("the file is damaged; {RESTORE}");
        return (StoreErrorKind::Corrupt, message.into());
    }
    let (kind, message) = judge_working(error);
    (kind, message.into())
}

/// A number that was asked for, since a stored one is never that large.
fn past_limit() -> String {
    let limit = i64::MAX;
    format!("a number is past the limit of this store, {limit}; ask for a smaller one")
}

/// A value that is not what its column holds, and tables that contradict each other, as well.
fn is_damage(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code().is_none_or(|code| {
        matches!(
            code,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation
        )
    })
}

fn judge_working(error: &rusqlite::Error) -> (StoreErrorKind, &'static str) {
    use StoreErrorKind as Kind;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            Kind::Busy,
            "another connection holds the lock of the file; try again",
        ),
        Some(ErrorCode::FileLockingProtocolFailed) => {
            (Kind::Busy, "the file could not be locked; try again")
        }
        Some(ErrorCode::DiskFull) => (Kind::Full, "the disk is full; make room and try again"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            Kind::ReadOnly,
            "the file cannot be written; it and its directory have to be writable",
        ),
        Some(ErrorCode::CannotOpen) => (
            Kind::Unavailable,
            "the file cannot be opened; check that it exists and may be opened",
        ),
        Some(ErrorCode::TooBig) => (
            Kind::Unsupported,
            "a value is larger than SQLite takes; store it in parts",
        ),
        _ => (
            Kind::Io,
            "SQLite could not do it; check the disk and the file",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use rusqlite::types::Type;
    use rusqlite::{Error as Sqlite, ffi};

    use super::*;

    fn failures() -> Vec<Sqlite> {
        let unreadable = || Box::from("no number");
        let codes = [
            ffi::SQLITE_BUSY,
            ffi::SQLITE_LOCKED,
            ffi::SQLITE_PROTOCOL,
            ffi::SQLITE_FULL,
            ffi::SQLITE_READONLY,
            ffi::SQLITE_PERM,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_TOOBIG,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_NOTADB,
            ffi::SQLITE_CONSTRAINT,
            ffi::SQLITE_ERROR,
        ];
        let failures = codes.into_iter().flat_map(|code| {
            let failure = |text| Sqlite::SqliteFailure(ffi::Error::new(code), text);
            [failure(None), failure(Some(format!("SQLite says {code}")))]
        });
        let others = [
            Sqlite::QueryReturnedNoRows,
            Sqlite::InvalidColumnType(0, "position".into(), Type::Text),
            Sqlite::FromSqlConversionFailure(0, Type::Text, unreadable()),
            Sqlite::ToSqlConversionFailure(unreadable()),
        ];
        failures.chain(others).collect()
    }

    #[test]
    fn a_failure_leaves_the_words_of_sqlite_to_its_source() {
        for failure in failures() {
            let words = failure.to_string();
            let error = SqliteFault::from(failure).at(Path::new("store.db"));
            let own = error.to_string();
            assert!(own.starts_with("store.db: ") && own.contains("; "), "{own}");
            assert!(!own.contains(&words), "{own}");
            assert_eq!(error.source().unwrap().to_string(), words);
        }
    }

    #[test]
    fn a_number_past_the_limit_names_the_limit_and_no_backup() {
        let failure = Sqlite::ToSqlConversionFailure("out of range".into());
        let error = SqliteFault::from(failure).at(Path::new("store.db"));
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
        let text = error.to_string();
        assert!(text.contains("9223372036854775807"), "{text}");
        assert!(!text.contains("backup"), "{text}");
    }
}
