//! What went wrong in SQLite, on its way to a [`StoreError`].

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventsource_core::{StoreError, StoreErrorKind};
use rusqlite::ErrorCode;

/// What a store that works answers, be it a refusal; or that it does not work.
pub(crate) type Answered<T, E> = Result<Result<T, E>, Fault>;

/// A failure that does not know its file yet, and that several callers can be told.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    kind: StoreErrorKind,
    message: String,
    /// Where it is not the store's own file.
    file: Option<PathBuf>,
    source: Option<Arc<rusqlite::Error>>,
}

impl Fault {
    pub(crate) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            file: None,
            source: None,
        }
    }

    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Corrupt, message)
    }

    pub(crate) fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The same failure under another message, which says more than SQLite knows.
    pub(crate) fn told(mut self, kind: StoreErrorKind, message: impl Into<String>) -> Self {
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
        let path = self.file.as_deref().unwrap_or(path);
        let error = StoreError::new(self.kind, format!("{}: {}", path.display(), self.message));
        match self.source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let (kind, advice) = judge(&error);
        let message = format!("{error}; {advice}");
        Self {
            kind,
            message,
            file: None,
            source: Some(Arc::new(error)),
        }
    }
}

impl From<rusqlite::types::FromSqlError> for Fault {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::corrupt(format!(
            "a value has not the type of its column ({error}); {RESTORE}"
        ))
    }
}

pub(crate) const RESTORE: &str = "restore a backup: close every program, remove the file with its \
    `-wal` and `-shm`, and copy the backup there";

fn judge(error: &rusqlite::Error) -> (StoreErrorKind, Cow<'static, str>) {
    if is_damage(error) {
        return (StoreErrorKind::Corrupt, RESTORE.into());
    }
    let (kind, advice) = judge_working(error);
    (kind, advice.into())
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
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (Kind::Busy, "another connection holds the lock; try again")
        }
        Some(ErrorCode::FileLockingProtocolFailed) => (Kind::Busy, "try again"),
        Some(ErrorCode::DiskFull) => (Kind::Full, "make room and try again"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            Kind::ReadOnly,
            "the file and its directory have to be writable",
        ),
        Some(ErrorCode::CannotOpen) => (
            Kind::Unavailable,
            "check that the file exists and may be opened",
        ),
        Some(ErrorCode::TooBig) => (Kind::Unsupported, "it is more than SQLite takes"),
        _ => (Kind::Io, "check the disk and the file"),
    }
}
