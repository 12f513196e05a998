//! The errors of projections and reactors.

use std::error::Error;

use uuid::Uuid;

use crate::event::UndecodableEvent;
use crate::projection::{BoxError, Key};
use crate::read_model::{ClaimError, MaintainError, ReadModelError, WriteError};
use crate::store::{ErrorClass, ReadError};
use crate::values::Position;

/// A failure of a projection or a reactor.
///
/// [Example](crate::runner#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// An event could not be read.
    #[error(transparent)]
    Undecodable(#[from] Box<UndecodableEvent>),
    /// The projection returned an error.
    #[error("a row of `{table}` failed at position {position}")]
    Failed {
        /// The name of the projection.
        table: String,
        /// The position of the event.
        position: Position,
        /// The key of the row. The text leaves it out, since keys can be personal data.
        key: Key,
        /// The error that it returned.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A reactor with `stop_on_error` failed or panicked.
    #[error("the reactor `{reactor}` failed at position {position}")]
    Reaction {
        /// The name of the reactor.
        reactor: String,
        /// The position of the event.
        position: Position,
        /// The error that it returned, or the panic.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The projection panicked.
    #[error("panicked after position {after}: {message}")]
    Panicked {
        /// The position of the last event before.
        after: Position,
        /// The message of the panic.
        message: String,
    },
    /// A row cannot be written as JSON.
    #[error("a row of `{table}` cannot be written: {message}")]
    Unwritable {
        /// The name of the projection.
        table: String,
        /// The key of the row. The text leaves it out.
        key: Key,
        /// The reason.
        message: String,
    },
    /// Too many keys are parked: the cause is unlikely to be the events.
    #[error(
        "more than {most} keys of {model} are parked, the last one at position {position}: {reason}; so many failures point to a fault in it or in what it calls, not in the events: fix that, and run it again"
    )]
    TooManyParked {
        /// The name and version of the model.
        model: String,
        /// The limit.
        most: usize,
        /// The position of the event that failed last.
        position: Position,
        /// The error of that event.
        reason: String,
    },
    /// Another runner has the lease of the model, and is alive.
    #[error("another runner, {owner}, follows {model}; stop that one first")]
    Held {
        /// The name and version of the model.
        model: String,
        /// The runner that has the lease.
        owner: Uuid,
    },
    /// The lease of the model could not be claimed, or was lost.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// Rows, parked keys or the checkpoint could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Rows or parked keys could not be read, or the log is not the one they were made from.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// The model could not be rebuilt.
    #[error(transparent)]
    Maintain(#[from] MaintainError),
    /// The events could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl ProjectionError {
    pub(super) fn failed(table: &str, position: Position, key: &Key, source: BoxError) -> Self {
        Self::Failed {
            table: table.to_owned(),
            position,
            key: key.clone(),
            source,
        }
    }

    pub(super) fn reaction(reactor: &str, position: Position, source: BoxError) -> Self {
        Self::Reaction {
            reactor: reactor.to_owned(),
            position,
            source,
        }
    }

    /// The class of the error: what a caller can do about it.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Claim(error) => error.class(),
            Self::Write(error) => error.class(),
            Self::ReadModel(error) => error.class(),
            Self::Maintain(error) => error.class(),
            Self::Read(error) => error.class(),
            _ => ErrorClass::Permanent,
        }
    }
}
