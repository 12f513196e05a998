//! That a row could not be taken further.

use super::ProjectionError;
use crate::projection::{BoxError, Key};
use crate::read_model::ReadModelError;
use crate::values::Position;
use crate::values::error_text::with_causes;

const TOO_LONG: &str =
    "its key has more than 1024 bytes; make it of less, and raise the version of the projection";

/// What went wrong with a row.
#[derive(Debug)]
pub(super) enum Fault {
    /// What the projection returned.
    Failed(BoxError),
    /// Why it cannot be written as JSON.
    Unwritable(String),
    /// Its key is longer than one may be.
    KeyTooLong,
}

/// At which step something went wrong with a row.
#[derive(Debug)]
pub(super) struct Failure {
    /// The number of the event or of the changed row in its batch.
    pub(super) turn: usize,
    pub(super) at: Position,
    pub(super) key: Key,
    pub(super) fault: Fault,
}

/// Why rows were not taken further.
#[derive(Debug)]
pub(super) enum Broken {
    Failure(Failure),
    Stop(ProjectionError),
}

impl Fault {
    /// What people are told of it.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Failed(error) => with_causes(&**error),
            Self::Unwritable(message) => format!("its row cannot be written: {message}"),
            Self::KeyTooLong => TOO_LONG.to_owned(),
        }
    }
}

impl Failure {
    /// The error that a projection stops with, called so.
    pub(super) fn into_error(self, table: &str) -> ProjectionError {
        match self.fault {
            Fault::Failed(error) => ProjectionError::failed(table, self.at, &self.key, error),
            Fault::Unwritable(message) => ProjectionError::Unwritable {
                table: table.to_owned(),
                key: self.key,
                message,
            },
            Fault::KeyTooLong => {
                ProjectionError::failed(table, self.at, &self.key, TOO_LONG.into())
            }
        }
    }
}

impl Broken {
    pub(super) fn into_error(self, table: &str) -> ProjectionError {
        match self {
            Self::Failure(failure) => failure.into_error(table),
            Self::Stop(error) => error,
        }
    }
}

impl From<ReadModelError> for Broken {
    fn from(error: ReadModelError) -> Self {
        Self::Stop(error.into())
    }
}
