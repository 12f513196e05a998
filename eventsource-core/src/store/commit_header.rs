//! Headers of stored commits.

mod lazy_metadata;

use uuid::Uuid;

use super::digest::Digest;
use super::horizon::Horizon;
use crate::values::{Metadata, Position, Timestamp};
use lazy_metadata::LazyMetadata;

/// The header of a stored commit, which its events share.
///
/// [Example](crate::store#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitHeader {
    /// The id of the commit.
    pub id: Uuid,
    /// The position of its first event.
    pub first: Position,
    /// The number of events.
    pub events: u32,
    /// The time at which the store recorded the commit.
    pub recorded_at: Timestamp,
    /// The digest of the content. A commit that an older version stored may have an older encoding.
    pub digest: Digest,
    metadata: LazyMetadata,
}

impl CommitHeader {
    /// Creates a header without metadata.
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

    /// Sets the metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata.into();
        self
    }

    /// Sets the metadata to stored JSON, which is parsed on first use, so a reader that does not use the
    /// metadata does not pay for it.
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

    /// The metadata. They are empty if a stream was read without them; see
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
    /// If the stored text cannot be parsed; see [`try_metadata`](Self::try_metadata).
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        match self.try_metadata() {
            Ok(metadata) => metadata,
            Err(error) => panic!("{error}"),
        }
    }

    /// The [`metadata`](Self::metadata), or the error of parsing them.
    ///
    /// # Errors
    ///
    /// [`MetadataError`], if the stored text cannot be parsed.
    pub fn try_metadata(&self) -> Result<&Metadata, MetadataError> {
        let first = self.first;
        let read = self.metadata.get();
        read.map_err(|source| MetadataError { first, source })
    }
}

/// The error of stored metadata that cannot be parsed.
///
/// [Example](crate::store#example).
#[derive(Debug, thiserror::Error)]
#[error("the metadata of the commit at position {first} cannot be read; restore a backup")]
pub struct MetadataError {
    first: Position,
    pub(super) source: serde_json::Error,
}
