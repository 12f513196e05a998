//! Errors of read models.

use std::fmt;

use uuid::Uuid;

use super::model_id::{ModelId, ModelKind};
use crate::projection::Key;
use crate::store::{
    BrokenRule, ErrorClass, LogId, ReadError, StoreError, StoreErrorKind, now_there,
};
use crate::values::Position;

/// Why a read model could not be read or written.
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
    /// No runner has begun to build it, or `remove_older` of a newer version has removed it.
    #[error(
        "{model} is not there: no runner has begun to build it, or it was removed when a newer version took its place; start a `Runner` that has it, or use a program with the newer version"
    )]
    NotFound {
        /// Its name and version.
        model: String,
    },
    /// Another runner has begun to write it.
    #[error("another runner has taken over {model}")]
    TakenOver {
        /// Its name and version.
        model: String,
    },
    /// Another runner writes it, and is alive.
    #[error("another runner, {owner}, follows {model}; stop that one first")]
    Held {
        /// Its name and version.
        model: String,
        /// The runner that writes it.
        owner: Uuid,
    },
    /// The rebuilt generation has more parked keys than the one that serves.
    #[error(
        "{model} was rebuilt with {beside} parked key(s), and has {main}; see why they are parked, mend it, and rebuild it again"
    )]
    MoreParked {
        /// Its name and version.
        model: String,
        /// How many keys are parked beside.
        beside: u64,
        /// How many keys are parked in what is there.
        main: u64,
    },
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
    /// It was built with other tables, or other followers, under the same version.
    #[error(
        "{model} was built with {found}, and is now to have {wanted}; raise its version, so that all of it is built anew"
    )]
    OtherTables {
        /// Its name and version.
        model: String,
        /// The tables that are there.
        found: String,
        /// The tables that were asked for.
        wanted: String,
    },
    /// It was built from another list of events, with another key or with another row, under the
    /// same version. Count the version up, with those of the projections that follow it.
    #[error(
        "{model} was built from other events, with another key or with another row; count its version up to {next}, as in `#[projection(version = {next})]`, so that it is built anew"
    )]
    OtherSource {
        /// Its name and version.
        model: String,
        /// The next version.
        next: u32,
    },
    /// The store itself keeps it, in the transactions of its appends.
    #[error("the store keeps {model} inline; take it out of the `Runner`")]
    Inline {
        /// Its name and version.
        model: String,
    },
    /// It was to be kept inline, but the history has what it refuses.
    #[error("the history breaks a rule; have the rule let pass what was before it")]
    Rule(#[source] BrokenRule),
    /// It cannot be kept under its names.
    #[error("{model} cannot be kept: {reason}")]
    Names {
        /// Its name and version.
        model: String,
        /// The mistake in a name, and the remedy.
        reason: String,
    },
    /// A key has more or fewer parts than the table has names for.
    #[error(
        "a key of {table} has {wanted} part(s), this one has {parts}; a projection names each of them: `columns(..)`"
    )]
    KeyParts {
        /// The name and version of the projection.
        table: String,
        /// How many parts the key has.
        parts: usize,
        /// How many it has to have.
        wanted: usize,
    },
    /// A key has more bytes than a key may have. An event for it is parked, and no row is kept.
    #[error(
        "a key of {table} has more than 1024 bytes; make it of less, such as a hash of the text"
    )]
    KeyTooLong {
        /// The name and version of the projection.
        table: String,
    },
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
    /// A handler failed in the transaction, which was rolled back.
    #[error("the handler failed")]
    Handler(#[source] Box<dyn std::error::Error + Send + Sync>),
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

    /// The error of a model that cannot be stored under its names.
    #[must_use]
    pub fn names(model: &impl fmt::Display, reason: impl Into<String>) -> Self {
        Self::Names {
            model: model.to_string(),
            reason: reason.into(),
        }
    }

    /// The error of a store of read models that does not support a handler of this kind.
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

fn with_parked(parked: u64) -> String {
    match parked {
        0 => String::new(),
        _ => format!(
            ", with {parked} parked key(s), and it does not serve with more of them than the version before it"
        ),
    }
}
