//! The errors of a store whose engine fails.

use std::io::ErrorKind::InvalidData;

use eventsource_core::store::StoreError;
use eventsource_core::store::StoreErrorKind::{Busy, Corrupt, Incompatible, Io};
use redb::Error;

pub(crate) const NO_STORE: &str = "the file is no store that this program can read";

/// The failure of a store whose engine answered with this error.
pub(crate) fn failed(error: impl Into<Error>) -> StoreError {
    let error = error.into();
    let (kind, message) = match &error {
        Error::DatabaseAlreadyOpen => (Busy, "the file is open already; clone the store"),
        Error::Corrupted(_) => (Corrupt, "the file is damaged; restore a backup"),
        Error::Io(error) if error.kind() == InvalidData => (Incompatible, NO_STORE),
        Error::UpgradeRequired(_) | Error::TableTypeMismatch { .. } => (Incompatible, NO_STORE),
        _ => (Io, "the file was not read or written; open the store again"),
    };
    StoreError::new(kind, message).caused_by(error)
}

/// Two tables do not fit together.
pub(crate) fn no_commit_at(position: u64) -> StoreError {
    let message = format!("the store is damaged: another table names a commit at {position}");
    StoreError::new(Corrupt, message)
}
