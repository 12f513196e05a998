//! The errors of loading an aggregate and of executing a command.

use std::error::Error;
use std::time::Duration;

use super::stream_lock::NotGranted;
use crate::aggregate::ShapeError;
use crate::codec::{DecodeError, EncodeError};
use crate::store::{AppendError, Conflict, ErrorClass, ReadError, Revision};
use crate::values::{Position, StreamId};

/// The error of loading an aggregate.
///
/// [Example](crate::repository#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A stored event could not be decoded.
    #[error(
        "the event at version {version} of stream {stream}, position {position}, cannot be read"
    )]
    Decode {
        /// The stream.
        stream: Box<StreamId>,
        /// The version of the event.
        version: u64,
        /// The position of the event.
        position: Position,
        /// The reason.
        source: DecodeError,
    },
    /// The aggregate's `apply` panicked over a stored event.
    #[error("stream {stream}, version {version}, position {position}: `apply` panicked: {message}")]
    Panicked {
        /// The stream.
        stream: Box<StreamId>,
        /// The version of the event.
        version: u64,
        /// The position of the event.
        position: Position,
        /// The text of the panic.
        message: String,
    },
    /// The aggregate's `default`, the state before the first event, panicked.
    #[error("stream {stream}: `default` of the state panicked: {message}")]
    DefaultPanicked {
        /// The stream.
        stream: Box<StreamId>,
        /// The text of the panic.
        message: String,
    },
    /// The store left out an event of the stream, or returned one twice.
    #[error("stream {stream}: the store returned version {found} instead of version {expected}")]
    Gap {
        /// The stream.
        stream: Box<StreamId>,
        /// The version of the next event of the stream.
        expected: u64,
        /// The version that the store returned.
        found: u64,
    },
    /// The aggregate has a snapshot policy, but the shape of its state is not known, so that no snapshot
    /// can be matched with the program.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The first snapshot of this kind that the process loaded differs from the state that the events fold
    /// to. The process does not use this snapshot, nor any other one of this kind. The next load folds the
    /// events.
    #[error(
        "stream {stream}, version {version}, position {position}: the stored snapshot differs from the `{state}` that the events fold to; if the program folds them in another way than before, raise the `version` in `snapshot(..)`; until it ends, this process uses no snapshot of `{state}`"
    )]
    SnapshotDiffers {
        /// The stream.
        stream: Box<StreamId>,
        /// The version of the snapshot.
        version: u64,
        /// The position of the event with this version.
        position: Position,
        /// The type of the aggregate.
        state: &'static str,
    },
    /// The aggregate has not reached that version.
    #[error("stream {stream} has no version {requested}, it is at version {actual}")]
    NoSuchVersion {
        /// The stream.
        stream: Box<StreamId>,
        /// The requested version.
        requested: u64,
        /// The last version.
        actual: u64,
    },
}

impl LoadError {
    /// The class of the error, which says what a caller can do.
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

/// The error of executing a command. Nothing was stored, except possibly after
/// [`AppendError::OutcomeUnknown`].
///
/// [Example](crate::repository#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError<R> {
    /// The decision refused the command.
    #[error(transparent)]
    Refused(R),
    /// The aggregate is not at the revision that the caller expects, or other processes changed it during
    /// each of 100 attempts.
    #[error(transparent)]
    Conflict(Box<Conflict>),
    /// The targets cannot be decided on together.
    #[error("{reason}")]
    Targets {
        /// The reason.
        reason: String,
    },
    /// The decision panicked, or `apply` panicked over one of its events. Nothing is stored.
    #[error("stream {stream}, {}: {code} panicked: {message}", at(*.revision))]
    Panicked {
        /// The code that panicked.
        code: String,
        /// The stream.
        stream: Box<StreamId>,
        /// The revision of the state.
        revision: Revision,
        /// The text of the panic.
        message: String,
    },
    /// The command was executed inside of a decision on the same aggregate, which waits for it (a
    /// deadlock).
    #[error(
        "stream {stream} is locked by the decision that executes this command; execute one after the other, or decide on all aggregates together with `transact`"
    )]
    Nested {
        /// The stream.
        stream: Box<StreamId>,
    },
    /// Another decision of this process on the same aggregate did not end within the
    /// [limit](crate::repository::Execute::lock_timeout). Nothing is stored.
    #[error(
        "stream {stream} was still locked by another decision of this process after {after:?}; does that decision wait for this command?"
    )]
    Locked {
        /// The stream.
        stream: Box<StreamId>,
        /// How long the command waited.
        after: Duration,
    },
    /// The aggregate could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A new event cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store did not store the commit.
    #[error(transparent)]
    Append(AppendError),
}

impl<R> ExecuteError<R> {
    /// The class of the error, which says what a caller can do.
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

    /// The error with which an inline projection refused the commit, if it is of this type.
    pub fn broken_rule<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Append(error) => error.broken_rule(),
            _ => None,
        }
    }

    /// Returns the refusal of the decision, if the error is one.
    pub fn refused(self) -> Option<R> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl<R> ExecuteError<R> {
    /// Sets the revision of a panic, once it is known.
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
