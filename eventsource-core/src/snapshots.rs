//! When the state of an aggregate is stored to save folding.

use serde::{Serialize, de::DeserializeOwned};

/// When snapshots of an aggregate are taken, and how: what
/// `#[aggregate(snapshot(every = 100, version = 1))]` says.
///
/// ```
/// use eventsource_core::Snapshots;
///
/// const EVERY_HUNDRED: Snapshots<Vec<String>> = Snapshots::new(100, 1);
/// assert_eq!(EVERY_HUNDRED.every(), 100);
/// ```
#[derive(Debug)]
pub struct Snapshots<A> {
    every: u64,
    version: u32,
    encode: fn(&A) -> Result<Vec<u8>, serde_json::Error>,
    decode: fn(&[u8]) -> Result<A, serde_json::Error>,
}

impl<A: Serialize + DeserializeOwned> Snapshots<A> {
    /// A snapshot after every `every` events, of this `version` of the state's meaning.
    #[must_use]
    pub const fn new(every: u64, version: u32) -> Self {
        Self {
            every,
            version,
            encode: |state| serde_json::to_vec(state),
            decode: |bytes| serde_json::from_slice(bytes),
        }
    }
}

impl<A> Snapshots<A> {
    /// How many events lie between two snapshots.
    #[must_use]
    pub const fn every(&self) -> u64 {
        self.every
    }

    /// Snapshots of another version are not used.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Writes a state.
    ///
    /// # Errors
    ///
    /// When the state's `Serialize` fails.
    pub fn encode(&self, state: &A) -> Result<Vec<u8>, serde_json::Error> {
        (self.encode)(state)
    }

    /// Reads a state.
    ///
    /// # Errors
    ///
    /// When the bytes are not a state.
    pub fn decode(&self, bytes: &[u8]) -> Result<A, serde_json::Error> {
        (self.decode)(bytes)
    }
}
