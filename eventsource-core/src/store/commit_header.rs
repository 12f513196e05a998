//! What a store keeps of a commit beside its events.

mod lazy_metadata;

use uuid::Uuid;

use super::digest::Digest;
use super::horizon::Horizon;
use crate::values::{Metadata, Position, Timestamp};
use lazy_metadata::LazyMetadata;

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
    /// Of what it holds; a commit that was stored by an older version has one in an older encoding.
    pub digest: Digest,
    metadata: LazyMetadata,
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
            digest,
            metadata: LazyMetadata::default(),
        }
    }

    /// The same header with this metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata.into();
        self
    }

    /// The same header with the metadata that a store kept as this JSON. It is read when it is asked
    /// for, so that a reader that does not ask does not pay for it.
    #[must_use]
    pub fn with_metadata_json(mut self, json: &str) -> Self {
        self.metadata = LazyMetadata::from_json(json);
        self
    }

    /// The position of its last event.
    #[must_use]
    pub fn last(&self) -> Position {
        let offset = self.first.offset().get() + u64::from(self.events).saturating_sub(1);
        Position::new(offset).in_log(self.first.log())
    }

    /// The end of the log after it.
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        Horizon::new(self.last(), self.id)
    }

    /// What is known beside the events. Empty where a stream was read without it; see
    /// [`ReadStream::with_metadata`](crate::store::ReadStream::with_metadata).
    ///
    /// ```
    /// use eventsource_core::{Metadata, Position, Timestamp};
    /// use eventsource_core::store::{CommitHeader, Digest, DigestEncoding};
    /// # use eventsource_core::uuid::Uuid;
    /// # let digest = Digest::from_bytes(DigestEncoding::Tree, [0; 32]);
    /// # let (id, first, time) = (Uuid::nil(), Position::new(1), Timestamp::default());
    ///
    /// let header = CommitHeader::new(id, first, 1, time, digest);
    /// assert_eq!(header.metadata(), &Metadata::new());
    /// let read = header.with_metadata_json(r#"{"actor":"ann"}"#);
    /// assert_eq!(read.metadata().actor.as_deref(), Some("ann"));
    /// ```
    ///
    /// # Panics
    ///
    /// If a store gave a text that is no metadata, though it has the checksum of what was written;
    /// see [`try_metadata`](Self::try_metadata).
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        match self.try_metadata() {
            Ok(metadata) => metadata,
            Err(error) => panic!("{error}"),
        }
    }

    /// The [`metadata`](Self::metadata), or why they cannot be read.
    ///
    /// # Errors
    ///
    /// [`MetadataError`], if the text that the store kept is no metadata.
    pub fn try_metadata(&self) -> Result<&Metadata, MetadataError> {
        let first = self.first;
        let read = self.metadata.get();
        read.map_err(|source| MetadataError { first, source })
    }
}

/// The text that a store kept of the metadata of a commit cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the metadata of the commit at position {first} cannot be read; restore a backup")]
pub struct MetadataError {
    first: Position,
    pub(super) source: serde_json::Error,
}
