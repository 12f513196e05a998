//! The identities of stores and logs.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a store. It is the same in every process that opens the store, and different for each new store. A
/// copy from a backup has the id of its original.
///
/// ```
/// use eventsource_core::{MemoryStore, Store};
///
/// let (store, other) = (MemoryStore::new(), MemoryStore::new());
/// assert_eq!(store.id(), store.clone().id());
/// assert_ne!(store.id(), other.id());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreId(Uuid);

impl StoreId {
    /// The store with this id.
    #[must_use]
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a log: its store, and its number in the store. A checkpoint of one log is not valid in another.
///
/// ```
/// use eventsource_core::store::LogId;
/// use eventsource_core::{EventLog, MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// assert_eq!(store.log_id(), LogId::new(store.id(), 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogId {
    store: StoreId,
    number: u32,
}

impl LogId {
    /// The log with this number in a store; 0 unless the store has several.
    #[must_use]
    pub const fn new(store: StoreId, number: u32) -> Self {
        Self { store, number }
    }

    /// The store.
    #[must_use]
    pub const fn store(self) -> StoreId {
        self.store
    }

    /// The number of the log in its store.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }
}

/// Writes the id of the store, and the number after a slash unless it is 0.
impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => self.store.fmt(f),
            number => write!(f, "{}/{number}", self.store),
        }
    }
}
