//! The error of reading.

use uuid::Uuid;

use super::{ModelNotFound, TableKeyError, with_parked};
use crate::projection::Key;
use crate::read_model::{ModelId, ModelKind};
use crate::store::{ErrorClass, LogId, ReadError, StoreError, StoreErrorKind, now_there};
use crate::values::Position;

/// The error of reading a model, its progress or its parked keys, and of waiting for it.
///
/// A store returns `NotFound`, `Key` and `Store`. The others come from a
/// [`ReadModel`](crate::ReadModel), which decodes rows and compares the model with its log, and from a
/// runner, which reads the stored rows before it changes them.
///
/// [Example](crate::read_model#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadModelError {
    /// It is being built, and was not at the head yet.
    #[error(
        "{model} is being built: at position {position} of {head}{}; read it when it is there",
        with_parked(*parked)
    )]
    Rebuilding {
        /// Its name and version.
        model: String,
        /// How far it is.
        position: Position,
        /// The head of the store.
        head: Position,
        /// How many keys are parked. It does not serve with more of them than the newest older
        /// version that does.
        parked: u64,
    },
    /// There is no such model, or no such generation of it.
    #[error(transparent)]
    NotFound(#[from] ModelNotFound),
    /// It was built from the events of another log.
    #[error("{model} was built from store {found}, not from {source_store}; keep it elsewhere")]
    OtherStore {
        /// Its name and version.
        model: String,
        /// The log it was built from.
        found: LogId,
        /// The log it was to be built from.
        source_store: LogId,
    },
    /// Its checkpoint is not one of the store's.
    #[error(
        "{model} is at position {position}, but the head is {head}; was a backup restored? {}",
        way_out(*.kind)
    )]
    BeyondHead {
        /// Its name and version.
        model: String,
        /// A projection in a version, or a reactor.
        kind: ModelKind,
        /// How far it says it is.
        position: Position,
        /// The head of the store.
        head: Position,
    },
    /// The log has another history than it was built from.
    #[error(
        "{model} was built from another history: the event at position {position} came in commit {expected}, and {} in the log; was a backup restored? {}",
        now_there(.found.as_ref()),
        way_out(*.kind)
    )]
    OtherHistory {
        /// Its name and version.
        model: String,
        /// A projection in a version, or a reactor.
        kind: ModelKind,
        /// How far it says it is.
        position: Position,
        /// The commit of the event at this position when the model was built.
        expected: Uuid,
        /// The commit of the event that is there now; `None` if there is none.
        found: Option<Uuid>,
    },
    /// A key is not one of the table.
    #[error(transparent)]
    Key(#[from] TableKeyError),
    /// A row does not fit its type. Its version was not raised, or it was written by hand.
    #[error(
        "a row of `{table}` does not fit its type: {message}; raise the version of the projection when its row changes"
    )]
    Row {
        /// The name of the projection.
        table: String,
        /// The key of the row, which the text leaves out: keys can be people's data.
        key: Key,
        /// The part that does not fit, without values of the row.
        message: String,
    },
    /// The events could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReadModelError {
    /// The class of the error: how a caller can react.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Rebuilding { .. } => ErrorClass::Transient,
            Self::Read(error) => error.class(),
            Self::Store(error) => error.class(),
            _ => ErrorClass::Permanent,
        }
    }

    /// The error of a store that does not support a read.
    #[must_use]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::Store(StoreError::new(StoreErrorKind::Unsupported, message))
    }
}

/// The error of a model whose log could not be read from its checkpoint on.
pub(crate) fn unread(id: &ModelId, error: ReadError) -> ReadModelError {
    let (model, kind) = (id.to_string(), id.kind);
    match error {
        ReadError::BeyondHead { position, head } => ReadModelError::BeyondHead {
            model,
            kind,
            position,
            head,
        },
        ReadError::OtherHistory {
            position,
            expected,
            found,
        } => ReadModelError::OtherHistory {
            model,
            kind,
            position,
            expected,
            found,
        },
        error => error.into(),
    }
}

fn way_out(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Projection(_) => "Rebuild it: `Running::rebuild`",
        ModelKind::Reactor => {
            "Give the reactor another name, under which it begins with the events from now on"
        }
    }
}
