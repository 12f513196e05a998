//! The failures of rows.

use crate::projection::{BoxError, Key};
use crate::read_model::ReadModelError;
use crate::runner::ProjectionError;
use crate::values::Position;
use crate::values::error_text::with_causes;

const KEY_TOO_LONG: &str =
    "its key has more than 1024 bytes; make it of less, and raise the version of the projection";

/// The fault of a row.
#[derive(Debug)]
pub(in super::super) enum RowFault {
    /// The error that the projection returned.
    Failed(BoxError),
    /// The reason why the row cannot be written as JSON.
    Unwritable(String),
    /// The key is longer than a store takes.
    KeyTooLong,
}

/// A fault, and the input that caused it.
#[derive(Debug)]
pub(in super::super) struct RowFailure {
    /// The number of the event, or of the changed row of the source, in its batch.
    pub(in super::super) input: usize,
    pub(in super::super) at: Position,
    pub(in super::super) key: Key,
    pub(in super::super) fault: RowFault,
}

/// The reason why a fold did not complete.
#[derive(Debug)]
pub(in super::super) enum FoldError {
    /// A row failed, and the caller decides what follows.
    Row(RowFailure),
    /// The projection stops.
    Stop(ProjectionError),
}

impl RowFault {
    /// The reason for which the key is parked.
    pub(in super::super) fn reason(&self) -> String {
        match self {
            Self::Failed(error) => with_causes(&**error),
            Self::Unwritable(message) => format!("its row cannot be written: {message}"),
            Self::KeyTooLong => KEY_TOO_LONG.to_owned(),
        }
    }
}

impl RowFailure {
    /// The error with which the projection of this table stops.
    pub(in super::super) fn into_error(self, table: &str) -> ProjectionError {
        match self.fault {
            RowFault::Failed(error) => ProjectionError::failed(table, self.at, &self.key, error),
            RowFault::Unwritable(message) => ProjectionError::Unwritable {
                table: table.to_owned(),
                key: self.key,
                message,
            },
            RowFault::KeyTooLong => {
                ProjectionError::failed(table, self.at, &self.key, KEY_TOO_LONG.into())
            }
        }
    }
}

impl FoldError {
    /// The error with which the projection of this table stops.
    pub(in super::super) fn into_error(self, table: &str) -> ProjectionError {
        match self {
            Self::Row(failure) => failure.into_error(table),
            Self::Stop(error) => error,
        }
    }
}

impl From<ReadModelError> for FoldError {
    fn from(error: ReadModelError) -> Self {
        Self::Stop(error.into())
    }
}
