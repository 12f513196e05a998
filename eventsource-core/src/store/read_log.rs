//! A read of a log.

use super::freshness::Freshness;
use super::horizon::Horizon;
use super::query::Query;

/// The default number of events of a page.
const EVENTS: usize = 1_000;

/// A read of a log: a query, where to start, and the limits of the page.
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
    /// The query.
    pub query: Query,
    /// The horizon after which the read starts.
    pub start: Horizon,
    /// The number of events, or a few more, since a page does not split the matches of a commit.
    pub max_events: usize,
    /// The bytes of payload, or a few more. A page has at least one commit, unless no event matches.
    pub max_bytes: usize,
    /// The required freshness.
    pub min_freshness: Freshness,
}

impl ReadLog {
    /// The default bytes of payload of a page: 1 MiB. A page of a stream always has this limit.
    pub const BYTES: usize = 1024 * 1024;

    /// Creates a read of the first 1,000 events that match, or [`BYTES`](Self::BYTES) of them.
    #[must_use]
    pub fn new(query: impl Into<Query>) -> Self {
        Self {
            query: query.into(),
            start: Horizon::START,
            max_events: EVENTS,
            max_bytes: Self::BYTES,
            min_freshness: Freshness::default(),
        }
    }

    /// Sets the horizon after which the read starts.
    #[must_use]
    pub fn after(mut self, horizon: Horizon) -> Self {
        self.start = horizon;
        self
    }

    /// Sets the number of events (default 1,000). A page has at least one.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.max_events = limit;
        self
    }

    /// Sets the bytes of payload (default 1 MiB). A page has at least one commit.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the required freshness (default [`Freshness::Latest`]).
    #[must_use]
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.min_freshness = freshness;
        self
    }
}
