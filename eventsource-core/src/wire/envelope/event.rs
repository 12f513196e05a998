//! An event of an envelope.

use std::fmt;
use std::sync::Arc;

use crate::codec::Codec;
use crate::store::{CommitHeader, StoredEvent, Tags};
use crate::values::payload::PayloadDebug;
use crate::values::{Position, StreamId, Tag};

/// An event in a [`CommitEnvelope`](super::CommitEnvelope).
///
/// ```
/// use eventsource_core::store::{Commit, NewEvent};
/// use eventsource_core::uuid::Uuid;
/// use eventsource_core::wire::CommitEnvelope;
/// use eventsource_core::{Codec, StreamId, Timestamp};
///
/// let cart = StreamId::new("cart", Uuid::nil());
/// let event = |name| NewEvent::new(cart.clone(), name, 1, Codec::Json, b"{}".to_vec());
/// let commit = Commit::new(Uuid::from_u128(1), vec![event("cart.opened"), event("cart.named")]);
/// let bytes = CommitEnvelope::encode(&commit, Timestamp::from_micros(0), |_| 1)?;
///
/// let envelope = CommitEnvelope::decode(&bytes)?;
/// let named = envelope.events().last().unwrap();
/// assert_eq!((named.index, named.version, named.name), (1, 2, "cart.named"));
/// # Ok::<(), eventsource_core::wire::WireError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct EnvelopeEvent<'e> {
    /// The index in the commit, from 0.
    pub index: u32,
    /// The index of the stream in [`CommitEnvelope::streams`](super::CommitEnvelope::streams).
    pub stream_index: u32,
    /// The stream.
    pub stream: &'e StreamId,
    /// The version of the event in the stream, from 1.
    pub version: u64,
    /// The stored name.
    pub name: &'e str,
    /// The version of the payload.
    pub schema: u32,
    /// The codec of the payload.
    pub codec: Codec,
    /// The payload.
    pub payload: &'e [u8],
    /// The tags.
    pub tags: Vec<Tag>,
}

impl EnvelopeEvent<'_> {
    /// The event as stored in a store, at this position and with this header of its commit.
    #[must_use]
    pub fn stored<'s>(
        &'s self,
        position: Position,
        commit: &'s Arc<CommitHeader>,
    ) -> StoredEvent<'s> {
        StoredEvent {
            stream: self.stream,
            version: self.version,
            position,
            name: self.name,
            schema: self.schema,
            codec: self.codec,
            payload: self.payload,
            tags: Tags::from(&self.tags[..]),
            commit,
            interned: None,
        }
    }
}

impl fmt::Debug for EnvelopeEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopeEvent")
            .field("index", &self.index)
            .field("stream", self.stream)
            .field("version", &self.version)
            .field("name", &self.name)
            .field("schema", &self.schema)
            .field("codec", &self.codec)
            .field("payload", &PayloadDebug(self.payload))
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}
