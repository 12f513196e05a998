//! What can go wrong with an aggregate.

use std::error::Error;

use crate::{
    AppendError, Conflict, DecodeError, EncodeError, ErrorClass, Position, ReadError, ShapeError,
    StreamId,
};

/// Why an aggregate could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A stored event could not be read.
    #[error(
        "the event at version {version} of stream {stream}, position {position}, cannot be read"
    )]
    Decode {
        /// The stream.
        stream: Box<StreamId>,
        /// Which of its events.
        version: u64,
        /// Where that event stands in the store.
        position: Position,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The store left out an event of the stream, or gave one twice.
    #[error(
        "stream {stream}: version {expected} was to follow, but the store gave version {found}"
    )]
    Gap {
        /// The stream.
        stream: Box<StreamId>,
        /// The version that was to come.
        expected: u64,
        /// The version that came.
        found: u64,
    },
    /// The aggregate is to have snapshots, but nobody could tell which program can read them.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The aggregate has not come to that version.
    #[error("stream {stream} has no version {wanted}, it is at version {actual}")]
    NoSuchVersion {
        /// The stream.
        stream: Box<StreamId>,
        /// The version that was asked for.
        wanted: u64,
        /// The last version.
        actual: u64,
    },
}

impl LoadError {
    /// What a caller can do about it.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Read(error) => error.class(),
            Self::Decode { .. } | Self::Gap { .. } | Self::Shape(_) => ErrorClass::Permanent,
            Self::NoSuchVersion { .. } => ErrorClass::Refused,
        }
    }
}

/// Why a decision came to nothing. Only after [`AppendError::Unknown`] may something be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError<R> {
    /// The decision was to refuse.
    #[error(transparent)]
    Refused(R),
    /// The aggregate is not at the revision that the caller expects, or somebody else was faster
    /// each time it was decided.
    #[error(transparent)]
    Conflict(Box<Conflict>),
    /// The targets cannot be decided on together.
    #[error("{reason}")]
    Targets {
        /// Why.
        reason: String,
    },
    /// The aggregate could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// An event that was decided cannot be stored.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store did not take the commit.
    #[error(transparent)]
    Append(AppendError),
}

impl<R> ExecuteError<R> {
    /// What a caller can do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Refused(_) | Self::Targets { .. } | Self::Encode(_) => ErrorClass::Refused,
            Self::Conflict(_) => ErrorClass::Conflict,
            Self::Load(error) => error.class(),
            Self::Append(error) => error.class(),
        }
    }

    /// What an inline projection refused the commit with, if it is of this type.
    pub fn broken_rule<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Append(error) => error.broken_rule(),
            _ => None,
        }
    }

    /// The refusal of the decision, if it is one.
    pub fn refused(self) -> Option<R> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl<R> From<AppendError> for ExecuteError<R> {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict(conflict) => Self::Conflict(conflict),
            error => Self::Append(error),
        }
    }
}

impl<R> From<ReadError> for ExecuteError<R> {
    fn from(error: ReadError) -> Self {
        Self::Load(error.into())
    }
}
