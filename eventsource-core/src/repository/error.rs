//! What can go wrong with an aggregate.

use std::error::Error;
use std::time::Duration;

use super::stream_lock::NotGranted;
use crate::aggregate::ShapeError;
use crate::codec::{DecodeError, EncodeError};
use crate::store::{AppendError, Conflict, ErrorClass, ReadError, Revision};
use crate::values::{Position, StreamId};

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
    /// The aggregate's `apply` panicked over a stored event.
    #[error("stream {stream}, version {version}, position {position}: `apply` panicked: {message}")]
    Panicked {
        /// The stream.
        stream: Box<StreamId>,
        /// Which of its events.
        version: u64,
        /// Where that event stands in the store.
        position: Position,
        /// The text of the panic.
        message: String,
    },
    /// The aggregate's `default`, which is its state before the first event, panicked.
    #[error("stream {stream}: `default` of the state panicked: {message}")]
    DefaultPanicked {
        /// The stream.
        stream: Box<StreamId>,
        /// The text of the panic.
        message: String,
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
    /// The first snapshot of this kind that the process loaded is not what the events come to. It is
    /// not used, and nor is any other one of this kind until the process ends: the next load folds
    /// the events.
    #[error(
        "stream {stream}, version {version}, position {position}: the stored snapshot is not the `{state}` that the events come to; if the program folds them in another way than before, raise the `version` in `snapshot(..)`; from now on, this process uses no snapshot of `{state}`"
    )]
    SnapshotDiffers {
        /// The stream.
        stream: Box<StreamId>,
        /// Where the snapshot stands in it.
        version: u64,
        /// Where the event of this version stands in the store.
        position: Position,
        /// The type of the aggregate.
        state: &'static str,
    },
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
            Self::Decode { .. }
            | Self::Panicked { .. }
            | Self::DefaultPanicked { .. }
            | Self::Gap { .. }
            | Self::Shape(_) => ErrorClass::Permanent,
            Self::SnapshotDiffers { .. } => ErrorClass::Transient,
            Self::NoSuchVersion { .. } => ErrorClass::Refused,
        }
    }
}

/// Why a decision came to nothing. Only after [`AppendError::OutcomeUnknown`] may something be stored.
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
    /// The decision panicked, or `apply` over one of the events that follow. Nothing is stored.
    #[error("stream {stream}, {}: {code} panicked: {message}", at(*.revision))]
    Panicked {
        /// What panicked.
        code: String,
        /// The stream.
        stream: Box<StreamId>,
        /// Where the stream stood.
        revision: Revision,
        /// The text of the panic.
        message: String,
    },
    /// The decision is made inside of another one on the same aggregate, which waits for it.
    #[error(
        "stream {stream} is being decided on by the decision that waits for this one; execute one after the other, or decide on all aggregates together with `transact`"
    )]
    Nested {
        /// The stream.
        stream: Box<StreamId>,
    },
    /// Another decision of this process on the same aggregate did not end in time. Nothing is stored.
    #[error(
        "stream {stream} was still being decided on by another decision of this process after {after:?}; does that one wait for this one?"
    )]
    Locked {
        /// The stream.
        stream: Box<StreamId>,
        /// How long it was waited for.
        after: Duration,
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
            Self::Panicked { .. } | Self::Nested { .. } => ErrorClass::Permanent,
            Self::Locked { .. } => ErrorClass::Transient,
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

impl<R> ExecuteError<R> {
    /// The same, where it is now known at which revision it was decided.
    pub(super) fn decided_at(mut self, at: Revision) -> Self {
        if let Self::Panicked { revision, .. } = &mut self {
            *revision = at;
        }
        self
    }
}

fn at(revision: Revision) -> String {
    let (version, position) = (revision.version(), revision.position());
    format!("version {version}, position {position}")
}

impl<R> From<NotGranted> for ExecuteError<R> {
    fn from(not_granted: NotGranted) -> Self {
        match not_granted {
            NotGranted::Nested { stream } => Self::Nested {
                stream: Box::new(stream),
            },
            NotGranted::TimedOut { stream, after } => Self::Locked {
                stream: Box::new(stream),
                after,
            },
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
