//! The error of maintenance.

use super::{ModelNamesError, ModelNotFound, with_parked};
use crate::store::{ErrorClass, StoreError, StoreErrorKind};
use crate::values::Position;

/// The error of maintaining models: [`switch`](crate::ReadModelStore::switch), which ends a rebuild,
/// [`remove_older`](crate::ReadModelStore::remove_older) and [`unpark`](crate::ReadModelStore::unpark).
/// Nothing is changed then.
///
/// [Example](crate::read_model#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaintainError {
    /// There is no such model, or no rebuild of it.
    #[error(transparent)]
    NotFound(#[from] ModelNotFound),
    /// A switch to a generation that another runner has claimed or written.
    #[error("another runner has taken over {model}")]
    TakenOver {
        /// The name and version of the model.
        model: String,
    },
    /// A switch to a generation that has more parked keys than the serving one.
    #[error(
        "{model} was rebuilt with {beside} parked key(s), and has {main}; see why they are parked, mend it, and rebuild it again"
    )]
    MoreParked {
        /// The name and version of the model.
        model: String,
        /// The number of parked keys in the rebuilt generation.
        beside: u64,
        /// The number of parked keys in the serving generation.
        main: u64,
    },
    /// A removal of older versions while this one does not serve.
    #[error(
        "{model} is being built: at position {position}{}; remove older versions when it serves",
        with_parked(*parked)
    )]
    Rebuilding {
        /// The name and version of the model.
        model: String,
        /// The position that it has reached.
        position: Position,
        /// The number of parked keys. It does not serve with more of them than the newest older
        /// version that does.
        parked: u64,
    },
    /// A removal of an older version that the store keeps inline, and that each append needs.
    #[error(
        "the store keeps {model} inline, and appends need it; register the newer version inline first, which replaces it"
    )]
    Inline {
        /// The name and version of the older model.
        model: String,
    },
    /// A switch or a removal that changes the view of a projection, while something else has the name of the
    /// view.
    #[error(transparent)]
    Names(#[from] ModelNamesError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MaintainError {
    /// The class of the error, which says what a caller can do.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Rebuilding { .. } => ErrorClass::Transient,
            Self::Store(error) => error.class(),
            _ => ErrorClass::Permanent,
        }
    }

    /// The error of a store or a runner that does not support the operation.
    #[must_use]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::Store(StoreError::new(StoreErrorKind::Unsupported, message))
    }
}
