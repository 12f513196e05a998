//! The error of opening a store.

use eventsource_core::store::{ErrorClass, StoreError};

use crate::models::InlineError;

/// The error of opening a store.
///
/// ```
/// use eventsource_core::ErrorClass;
/// use eventsource_core::store::StoreErrorKind;
/// use eventsource_sqlite::{OpenError, SqliteStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("notes.txt");
/// std::fs::write(&path, "This file is a text, and not a database of SQLite.".repeat(20))?;
/// let error = SqliteStore::open(&path).await.map(drop).unwrap_err();
/// assert_eq!(error.class(), ErrorClass::Permanent);
/// assert!(matches!(error, OpenError::Store(error) if error.kind() == StoreErrorKind::Incompatible));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file could not be opened as a store, or it is not to be opened with these settings.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An inline projection could not be registered. None was registered then.
    #[error(transparent)]
    Inline(InlineError),
}

impl OpenError {
    /// Classifies the error by what a caller can do about it.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Store(error) => error.class(),
            Self::Inline(error) => error.class(),
        }
    }

    /// The error of inline projections that could not be registered, or of the store meanwhile.
    pub(crate) fn inline(error: InlineError) -> Self {
        match error {
            InlineError::Store(error) => Self::Store(error),
            error => Self::Inline(error),
        }
    }
}
