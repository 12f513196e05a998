//! The error of claims and leases.

use super::{ModelMismatch, ModelNamesError, ModelNotFound};
use crate::store::{ErrorClass, LogId, StoreError};

/// The error of claiming a model, and of renewing or releasing its lease:
/// [`claim`](crate::ReadModelStore::claim), [`heartbeat`](crate::ReadModelStore::heartbeat) and
/// [`release`](crate::ReadModelStore::release).
///
/// [Example](crate::read_model#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// A claim of a model that was built from the events of another log.
    #[error("{model} was built from store {found}, not from {source_store}; keep it elsewhere")]
    OtherStore {
        /// The name and version of the model.
        model: String,
        /// The log it was built from.
        found: LogId,
        /// The log of the claim.
        source_store: LogId,
    },
    /// A claim of a model that differs from the stored one.
    #[error(transparent)]
    Mismatch(#[from] ModelMismatch),
    /// A claim of a model that cannot be kept under its names.
    #[error(transparent)]
    Names(#[from] ModelNamesError),
    /// A claim of a model that the store itself writes, in the transactions of its appends.
    #[error("the store keeps {model} inline; take it out of the `Runner`")]
    Inline {
        /// The name and version of the model.
        model: String,
    },
    /// A heartbeat for a lease that another runner has taken over.
    #[error("another runner has taken over {model}")]
    TakenOver {
        /// The name and version of the model.
        model: String,
    },
    /// A heartbeat for a model that was removed.
    #[error(transparent)]
    NotFound(#[from] ModelNotFound),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ClaimError {
    /// The class of the error, which says what a caller can do.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Store(error) => error.class(),
            _ => ErrorClass::Permanent,
        }
    }
}
