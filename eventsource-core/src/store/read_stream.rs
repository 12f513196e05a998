//! A read of one stream.

use super::freshness::Freshness;
use crate::values::StreamId;

/// Which events of a stream to read.
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
    /// From where, and in which direction.
    pub versions: Versions,
    /// How many events, or a few more, since a page does not split a commit.
    pub limit: usize,
    /// How new the data has to be.
    pub freshness: Freshness,
    /// Whether the commits of the events come with their metadata, which costs a little.
    pub with_metadata: bool,
}

/// From where in a stream, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two directions")]
pub enum Versions {
    /// Rising, from the first version above this one.
    After(u64),
    /// Falling, from the first version below this one.
    Before(u64),
}

impl ReadStream {
    /// Reads on after a version; all from the start after version 0.
    #[must_use]
    pub fn forward(stream: StreamId, after: u64) -> Self {
        Self::new(stream, Versions::After(after))
    }

    /// Reads back before a version; all from the end before [`u64::MAX`].
    #[must_use]
    pub fn backward(stream: StreamId, before: u64) -> Self {
        Self::new(stream, Versions::Before(before))
    }

    fn new(stream: StreamId, versions: Versions) -> Self {
        Self {
            stream,
            versions,
            limit: 1_000,
            freshness: Freshness::default(),
            with_metadata: false,
        }
    }

    /// Reads some `limit` events instead of 1,000.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Reads data that is as new as this instead of the latest.
    #[must_use]
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// Reads the metadata of the commits as well. Without this, a store may leave them out of the
    /// commits that come with the events.
    #[must_use]
    pub fn with_metadata(mut self) -> Self {
        self.with_metadata = true;
        self
    }
}
