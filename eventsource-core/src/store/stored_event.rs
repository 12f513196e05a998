//! An event as a store keeps it.

use std::fmt;
use std::sync::Arc;

use super::commit_header::CommitHeader;
use super::horizon::Horizon;
use super::new_event::NewEvent;
use super::revision::Revision;
use crate::codec::{Codec, PayloadContext};
use crate::values::{Position, StreamId, Tag, payload};

/// An event in a page.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StoredEvent<'a> {
    /// The stream.
    pub stream: &'a StreamId,
    /// Its place in the stream, from 1.
    pub version: u64,
    /// Its place in the store.
    pub position: Position,
    /// The stored name.
    pub name: &'a str,
    /// The version of the payload.
    pub schema: u32,
    /// How the payload is written.
    pub codec: Codec,
    /// The event.
    pub payload: &'a [u8],
    /// By what it can be asked for.
    pub tags: &'a [Tag],
    /// The commit it came in. Its metadata are there where the read asked for them; see
    /// [`ReadStream::with_metadata`](crate::store::ReadStream::with_metadata).
    pub commit: &'a Arc<CommitHeader>,
}

impl<'a> StoredEvent<'a> {
    /// An event that is about to be stored: nobody knows yet where, so its position is
    /// [`Position::START`].
    #[must_use]
    pub fn unplaced(event: &'a NewEvent, version: u64, commit: &'a Arc<CommitHeader>) -> Self {
        Self {
            stream: &event.stream,
            version,
            position: Position::START,
            name: &event.name,
            schema: event.schema,
            codec: event.codec,
            payload: &event.payload,
            tags: &event.tags,
            commit,
        }
    }

    /// The revision of the stream after this event.
    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision::new(self.version, self.position, self.commit.id)
    }

    /// The end of the log for a reader that has read up to this event.
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        Horizon::new(self.position, self.commit.id)
    }

    /// What is known of the payload to read it.
    #[must_use]
    pub fn context(&self) -> PayloadContext<'a> {
        PayloadContext::new(self.stream, self.name, self.schema, self.codec)
    }
}

impl fmt::Debug for StoredEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = fmt::from_fn(|f| payload::describe(f, self.payload));
        f.debug_struct("StoredEvent")
            .field("stream", self.stream)
            .field("version", &self.version)
            .field("position", &self.position)
            .field("name", &self.name)
            .field("schema", &self.schema)
            .field("codec", &self.codec)
            .field("payload", &payload)
            .field("tags", &self.tags)
            .field("commit", &self.commit)
            .finish()
    }
}
