//! A read of a log.

use super::freshness::Freshness;
use super::horizon::Horizon;
use super::query::Query;

/// A page holds some so many events, unless another limit is given.
const EVENTS: usize = 1_000;

/// Which events of a log to read.
///
/// ```
/// # use eventsource_core::{EventLog, Horizon, MemoryStore, Query};
/// # use eventsource_core::store::ReadLog;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = MemoryStore::new();
/// let first = ReadLog::new(Query::all()).limit(100);
/// let page = store.read(first.clone()).await?;
/// let next = store.read(first.after(page.through())).await?;
/// # assert!(next.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadLog {
    /// The events that are meant.
    pub query: Query,
    /// The end of what was read before.
    pub after: Horizon,
    /// How many events, or a few more, since a page does not split the matches of a commit.
    pub limit: usize,
    /// How many bytes of payload, or a few more. A page has at least one commit, unless nothing
    /// matches.
    pub bytes: usize,
    /// How new the data has to be.
    pub freshness: Freshness,
}

impl ReadLog {
    /// A page holds some so many bytes of payload, unless another limit is given: 1 MiB. A page of a
    /// stream has this limit always.
    pub const BYTES: usize = 1024 * 1024;

    /// Reads the first 1,000 events that match, or [`BYTES`](Self::BYTES) of them.
    #[must_use]
    pub fn new(query: impl Into<Query>) -> Self {
        Self {
            query: query.into(),
            after: Horizon::START,
            limit: EVENTS,
            bytes: Self::BYTES,
            freshness: Freshness::default(),
        }
    }

    /// Reads on after the end of an earlier read.
    #[must_use]
    pub fn after(mut self, horizon: Horizon) -> Self {
        self.after = horizon;
        self
    }

    /// Reads some `limit` events instead of 1,000, and at least one.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Reads some `bytes` of payload instead of 1 MiB, and at least one commit.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Reads data that is as new as this instead of the latest.
    #[must_use]
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }
}
