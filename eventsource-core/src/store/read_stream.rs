//! A read of one stream.

use super::freshness::Freshness;
use crate::values::StreamId;

/// A read of a stream: where to start, in which direction, and the limit of the page.
///
/// ```
/// # use eventsource_core::{MemoryStore, StreamId, StreamStore};
/// # use eventsource_core::store::ReadStream;
/// # use eventsource_core::uuid::Uuid;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::nil()));
/// let last_ten = ReadStream::backward(cart, u64::MAX).limit(10);
/// assert!(store.read_stream(last_ten).await?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadStream {
    /// The stream.
    pub stream: StreamId,
    /// The start and the direction.
    pub versions: Versions,
    /// The number of events, or a few more, since a page does not split a commit.
    pub max_events: usize,
    /// The required freshness.
    pub min_freshness: Freshness,
    /// Whether the metadata of the commits are read too.
    pub wants_metadata: bool,
}

/// The start and the direction of a read of a stream.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two directions")]
pub enum Versions {
    /// Ascending, from the first version above this one.
    After(u64),
    /// Descending, from the first version below this one.
    Before(u64),
}

impl ReadStream {
    /// Creates a read of the events after a version, in ascending order; after version 0, of all events.
    #[must_use]
    pub fn forward(stream: StreamId, after: u64) -> Self {
        Self::new(stream, Versions::After(after))
    }

    /// Creates a read of the events before a version, in descending order; before [`u64::MAX`], of all events.
    #[must_use]
    pub fn backward(stream: StreamId, before: u64) -> Self {
        Self::new(stream, Versions::Before(before))
    }

    fn new(stream: StreamId, versions: Versions) -> Self {
        Self {
            stream,
            versions,
            max_events: 1_000,
            min_freshness: Freshness::default(),
            wants_metadata: false,
        }
    }

    /// Sets the number of events (default 1,000).
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.max_events = limit;
        self
    }

    /// Sets the required freshness (default [`Freshness::Latest`]).
    #[must_use]
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.min_freshness = freshness;
        self
    }

    /// Reads the metadata of the commits too. Without this, a store may leave them out.
    #[must_use]
    pub fn with_metadata(mut self) -> Self {
        self.wants_metadata = true;
        self
    }
}
