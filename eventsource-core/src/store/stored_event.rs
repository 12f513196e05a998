//! Stored events.

use std::fmt;
use std::sync::Arc;

use super::commit_header::CommitHeader;
use super::horizon::Horizon;
use super::new_event::NewEvent;
use super::page_index::TypeIndex;
use super::revision::Revision;
use super::tags::Tags;
use crate::codec::{Codec, PayloadContext};
use crate::values::payload::PayloadDebug;
use crate::values::{Position, StreamId};

/// A stored event in a page.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy)]
#[non_exhaustive]
#[doc(alias("envelope", "event envelope", "recorded event"))]
pub struct StoredEvent<'a> {
    /// The stream.
    pub stream: &'a StreamId,
    /// The version of the event in its stream, from 1.
    pub version: u64,
    /// The position of the event in the store.
    pub position: Position,
    /// The stored name.
    pub name: &'a str,
    /// The version of the payload.
    pub schema: u32,
    /// The codec of the payload.
    pub codec: Codec,
    /// The payload.
    pub payload: &'a [u8],
    /// The tags.
    pub tags: Tags<'a>,
    /// The header of its commit. It has the metadata if the read requested them; see
    /// [`ReadStream::with_metadata`](crate::store::ReadStream::with_metadata).
    pub commit: &'a Arc<CommitHeader>,
    /// The index of the type in the page, and the shared name.
    pub(crate) interned: Option<(TypeIndex, &'a Arc<str>)>,
}

impl<'a> StoredEvent<'a> {
    /// An event that is not stored yet. Its position is not known, so it is [`Position::START`].
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
            tags: Tags::from(&event.tags[..]),
            commit,
            interned: None,
        }
    }

    /// Converts to a new event, to be appended to another store.
    ///
    /// ```
    /// # use eventsource_core::{Codec, MemoryStore, Position, StreamId, StreamStore};
    /// # use eventsource_core::store::{Commit, NewEvent, ReadStream};
    /// # use eventsource_core::uuid::Uuid;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (store, cart) = (MemoryStore::new(), StreamId::new("cart", Uuid::nil()));
    /// let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
    /// store.append(Commit::new(Uuid::now_v7(), vec![opened.clone()])).await?;
    /// let page = store.read_stream(ReadStream::forward(cart, 0)).await?;
    /// assert_eq!(page.get(0).unwrap().to_new_event(), opened);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn to_new_event(&self) -> NewEvent {
        let (stream, name) = (self.stream.clone(), self.name.to_owned());
        let payload = self.payload.to_vec();
        NewEvent::new(stream, name, self.schema, self.codec, payload).tagged(self.tags.to_vec())
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

    /// The context in which the payload is read.
    #[must_use]
    pub fn context(&self) -> PayloadContext<'a> {
        PayloadContext::new(self.stream, self.name, self.schema, self.codec)
    }
}

impl fmt::Debug for StoredEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEvent")
            .field("stream", self.stream)
            .field("version", &self.version)
            .field("position", &self.position)
            .field("name", &self.name)
            .field("schema", &self.schema)
            .field("codec", &self.codec)
            .field("payload", &PayloadDebug(self.payload))
            .field("tags", &self.tags)
            .field("commit", &self.commit)
            .finish()
    }
}
