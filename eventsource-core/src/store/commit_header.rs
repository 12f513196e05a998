//! What a store keeps of a commit beside its events.

use uuid::Uuid;

use super::digest::Digest;
use crate::values::{Metadata, Position, Timestamp};

/// What the events of one commit share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitHeader {
    /// The commit's id.
    pub id: Uuid,
    /// The position of its first event.
    pub first: Position,
    /// How many events it has.
    pub events: u32,
    /// When the store recorded it.
    pub recorded_at: Timestamp,
    /// What is known beside the events. Empty where a stream was read without it; see
    /// [`ReadStream::with_metadata`](crate::store::ReadStream::with_metadata).
    pub metadata: Metadata,
    /// Of what it holds; a commit that was stored by an older version has one in an older encoding.
    pub digest: Digest,
}

impl CommitHeader {
    /// The header of a commit without metadata.
    #[must_use]
    pub fn new(
        id: Uuid,
        first: Position,
        events: u32,
        recorded_at: Timestamp,
        digest: Digest,
    ) -> Self {
        Self {
            id,
            first,
            events,
            recorded_at,
            metadata: Metadata::default(),
            digest,
        }
    }

    /// The position of its last event.
    #[must_use]
    pub fn last(&self) -> Position {
        let offset = self.first.offset().get() + u64::from(self.events).saturating_sub(1);
        Position::new(offset).in_log(self.first.log())
    }

    /// The same header with this metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}
