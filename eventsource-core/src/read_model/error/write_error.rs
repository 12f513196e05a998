//! The error of writes.

use std::error::Error;

use super::{ModelMismatch, ModelNamesError, ModelNotFound, TableKeyError};
use crate::store::{ErrorClass, StoreError, StoreErrorKind};

/// The error of writing a model: [`write`](crate::ReadModelStore::write),
/// [`begin_batch`](crate::ReadModelStore::begin_batch) and [`report`](crate::ReadModelStore::report).
/// Nothing is changed then.
///
/// [Example](crate::read_model#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Another runner has claimed the model, or has written it.
    #[error("another runner has taken over {model}")]
    TakenOver {
        /// The name and version of the model.
        model: String,
    },
    /// The model was removed.
    #[error(transparent)]
    NotFound(#[from] ModelNotFound),
    /// The model differs from the stored one.
    #[error(transparent)]
    Mismatch(#[from] ModelMismatch),
    /// The model cannot begin to serve, since something else has a name that it needs by now.
    #[error(transparent)]
    Names(#[from] ModelNamesError),
    /// A key of a row is not one of its table.
    #[error(transparent)]
    Key(#[from] TableKeyError),
    /// A handler failed in the transaction.
    #[error("the handler failed")]
    Handler(#[source] Box<dyn Error + Send + Sync>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WriteError {
    /// The class of the error, which says what a caller can do.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Store(error) => error.class(),
            _ => ErrorClass::Permanent,
        }
    }

    /// The error of a store that does not support a write.
    #[must_use]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::Store(StoreError::new(StoreErrorKind::Unsupported, message))
    }
}
