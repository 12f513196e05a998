//! Commit envelopes: commits as bytes.

mod decode;
mod dictionary;
mod encode;
mod event;
mod header;
mod metadata;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::error::WireError;
use crate::codec::Codec;
use crate::engine::{NewCommit, Plan};
use crate::store::{
    self, Commit, CommitHeader, Digest, EventContent, Horizon, NewEvent, PageBuilder, PageEvent,
    Receipt, Revision, StoredEvent, Tags,
};
use crate::values::{Metadata, Position, StreamId, Tag, Timestamp};
pub use event::EnvelopeEvent;

/// A commit in the format for stores on a log or on a key-value engine: one value or one message for each
/// commit, from which pages and receipts are made. Names and payloads are borrowed from the bytes.
///
/// [The format](crate::wire) contains the versions of the events, but not their positions, which a store
/// knows from the key or the sequence number of the envelope. Methods that need positions take a function
/// from the index of an event in its commit to its position.
///
/// ```
/// use eventsource_core::store::{Commit, NewEvent, PageBuilder};
/// use eventsource_core::uuid::Uuid;
/// use eventsource_core::wire::CommitEnvelope;
/// use eventsource_core::{Codec, Position, StreamId, Timestamp};
///
/// let cart = StreamId::new("cart", Uuid::nil());
/// let opened = NewEvent::new(cart.clone(), "cart.opened", 1, Codec::Json, b"{}".to_vec());
/// let commit = Commit::new(Uuid::from_u128(1), vec![opened]);
/// // The stream has six events, so the next one has version 7.
/// let bytes = CommitEnvelope::encode(&commit, Timestamp::from_micros(0), |_| 7)?;
///
/// let envelope = CommitEnvelope::decode(&bytes)?;
/// assert_eq!(envelope.digest(), commit.digest());
///
/// let position = |index| Position::new(100 + u64::from(index));
/// assert_eq!(envelope.receipt(position).revision().version(), 7);
/// let mut page = PageBuilder::new();
/// envelope.add_to(&mut page, position, |event| *event.stream == cart);
/// assert_eq!(page.len(), 1);
/// # Ok::<(), eventsource_core::wire::WireError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct CommitEnvelope<'a> {
    id: Uuid,
    recorded_at: Timestamp,
    digest: Digest,
    metadata: Metadata,
    streams: Vec<StreamId>,
    types: Vec<StoredType<'a>>,
    tags: Vec<&'a str>,
    /// The indices of the tags of all events, one event after the other.
    tagged: Vec<u32>,
    slots: Vec<Slot<'a>>,
}

/// The stored name, version and codec, which many events share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StoredType<'a> {
    name: &'a str,
    schema: u32,
    codec: Codec,
}

/// An event, as indices of its parts.
#[derive(Clone, PartialEq)]
struct Slot<'a> {
    stream: u32,
    stored_type: u32,
    version: u64,
    /// The range of its tags in `tagged`.
    tags: Range<u32>,
    payload: &'a [u8],
}

impl<'a> CommitEnvelope<'a> {
    /// The version of the format that [`encode`](Self::encode) writes.
    pub const VERSION: u8 = 1;

    /// The maximum size of the events of a commit in bytes, counted as for
    /// [`Limits::commit_bytes`](crate::store::Limits::commit_bytes): each name and tag counts for every event
    /// that has it. The limit bounds the work for a small envelope that names one tag many times.
    pub const CONTENT_BYTES: usize = 64 << 20;

    /// Encodes a commit that is within the [limits](crate::store::Limits). `first_version` is called once
    /// for each stream that the commit writes, in the order of their first events, and returns the version of
    /// the commit's first event in the stream, which is 1 in a new stream. That is the order of
    /// [`Plan::streams`](crate::engine::Plan::streams). The same commit always has the same bytes.
    ///
    /// # Errors
    ///
    /// [`WireError::NotEncodable`], if the commit has no events, is in several tenants, has a version of 0 or
    /// beyond `u64::MAX`, or is larger than [`CONTENT_BYTES`](Self::CONTENT_BYTES).
    pub fn encode(
        commit: &Commit,
        recorded_at: Timestamp,
        first_version: impl FnMut(&StreamId) -> u64,
    ) -> Result<Vec<u8>, WireError> {
        encode::encode((commit, commit.digest()), recorded_at, first_version)
    }

    /// Encodes a decided commit, with the digest, the time and the versions of its plan.
    ///
    /// ```
    /// use eventsource_core::engine::{Decider, NewCommit};
    /// use eventsource_core::store::{Commit, CommitTime, Expect, Limits, NewEvent, StoreError};
    /// use eventsource_core::wire::CommitEnvelope;
    /// use eventsource_core::{Codec, Position, StreamId, Timestamp, uuid::Uuid};
    ///
    /// let cart = StreamId::new("cart", Uuid::nil());
    /// let event = NewEvent::new(cart.clone(), "opened", 1, Codec::Json, b"{}".to_vec());
    /// let commit = Commit::new(Uuid::nil(), vec![event]).expect(Expect::NoStream(cart));
    /// let new = NewCommit::new(commit, CommitTime::clock(Timestamp::default()), &Limits::DEFAULT)?;
    /// let decider = Decider::<()>::new(Position::START);
    /// let plan = decider.assume_new(&new).expect("the commit only starts a stream");
    ///
    /// let bytes = CommitEnvelope::encode_plan(&plan).map_err(StoreError::from)?;
    /// let envelope = CommitEnvelope::decode(&bytes).map_err(StoreError::from)?;
    /// assert_eq!(envelope.header(plan.header.first), plan.header);
    /// # Ok::<(), eventsource_core::AppendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`encode`](Self::encode).
    pub fn encode_plan<R>(plan: &Plan<'_, R>) -> Result<Vec<u8>, WireError> {
        let NewCommit { commit, digest, .. } = plan.new;
        let mut streams = plan.streams.iter();
        // The plan and the envelope have the streams in the same order.
        let first_version = |_: &StreamId| {
            let planned = streams.next();
            planned.map_or(0, |planned| planned.before.version() + 1)
        };
        encode::encode((commit, *digest), plan.header.recorded_at, first_version)
    }

    /// Decodes a commit. The checksum and the digest are compared, and `encode` would write the same bytes
    /// again. The allocated memory is a small multiple of the bytes, for any input.
    ///
    /// # Errors
    ///
    /// See [`WireError`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self, WireError> {
        let envelope = Self::decode_without_digest(bytes)?;
        envelope.check_digest()?;
        Ok(envelope)
    }

    /// Decodes a commit without comparing the digest, which takes most of the time of
    /// [`decode`](Self::decode). The checksum is compared, which detects damage. That is enough for a store
    /// that reads its own envelopes, and whose `verify` uses `decode`. Use `decode` for bytes from other
    /// sources.
    ///
    /// # Errors
    ///
    /// See [`WireError`].
    pub fn decode_without_digest(bytes: &'a [u8]) -> Result<Self, WireError> {
        decode::decode(bytes)
    }

    /// Decodes the header of a commit without its metadata, in a store in which its first event has this
    /// position. The checksum is compared. The other parts are skipped without allocation, for a store that
    /// needs only the id, the time or the number of events.
    ///
    /// ```
    /// use eventsource_core::store::{Commit, NewEvent};
    /// use eventsource_core::uuid::Uuid;
    /// use eventsource_core::wire::CommitEnvelope;
    /// use eventsource_core::{Codec, Horizon, Position, StreamId, Timestamp};
    ///
    /// let cart = StreamId::new("cart", Uuid::nil());
    /// let opened = NewEvent::new(cart, "cart.opened", 1, Codec::Json, b"{}".to_vec());
    /// let commit = Commit::new(Uuid::from_u128(1), vec![opened.clone(), opened]);
    /// let bytes = CommitEnvelope::encode(&commit, Timestamp::from_micros(5), |_| 1)?;
    ///
    /// let header = CommitEnvelope::decode_header(&bytes, Position::new(7))?;
    /// assert_eq!((header.id, header.events), (commit.id, 2));
    /// assert_eq!(header.horizon(), Horizon::new(Position::new(8), commit.id));
    /// # Ok::<(), eventsource_core::wire::WireError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`WireError`].
    pub fn decode_header(bytes: &[u8], first: Position) -> Result<CommitHeader, WireError> {
        header::decode(bytes, first)
    }

    /// Compares the events and the metadata with the digest.
    ///
    /// # Errors
    ///
    /// [`WireError::OtherDigest`].
    pub fn check_digest(&self) -> Result<(), WireError> {
        let hashes = self.slots.iter().map(|slot| self.hash_of(slot));
        if Digest::of_each_hash(hashes, &self.metadata) == self.digest {
            return Ok(());
        }
        let commit_id = self.id;
        Err(WireError::OtherDigest { commit_id })
    }

    /// The id of the commit.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The time at which the store recorded the commit.
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    /// The digest of the events and metadata.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The metadata of the commit.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The streams that the commit writes, in the order of their first events.
    #[must_use]
    pub fn streams(&self) -> &[StreamId] {
        &self.streams
    }

    /// The events, in the order of the commit; at least one.
    #[must_use]
    pub fn events(&self) -> impl ExactSizeIterator<Item = EnvelopeEvent<'_>> + DoubleEndedIterator {
        let slots = (0..self.event_count()).zip(&self.slots);
        slots.map(|(index, slot)| self.event(index, slot))
    }

    /// The number of events.
    #[must_use]
    pub fn event_count(&self) -> u32 {
        to_u32(self.slots.len())
    }

    /// The header of the commit in the pages of a store in which its first event has this position.
    #[must_use]
    pub fn header(&self, first: Position) -> CommitHeader {
        header::without_metadata(self, first).with_metadata(self.metadata.clone())
    }

    /// The end of the log after the commit, in a store in which its first event has this position and the
    /// others follow.
    #[must_use]
    pub fn horizon(&self, first: Position) -> Horizon {
        header::without_metadata(self, first).horizon()
    }

    /// The receipt of the commit in a store in which its events have these positions.
    #[must_use]
    pub fn receipt(&self, position: impl Fn(u32) -> Position) -> Receipt {
        let mut last = vec![Revision::NONE; self.streams.len()];
        for (index, slot) in (0_u32..).zip(&self.slots) {
            let revision = Revision::new(slot.version, position(index), self.id);
            last[slot.stream as usize] = revision;
        }
        let revisions = self.streams.iter().cloned().zip(last).collect();
        let events = self.event_count();
        let ends = (position(0), position(events - 1));
        Receipt::new(self.id, revisions, ends, events, self.recorded_at)
    }

    /// Adds the events that match `filter` to a page of a store in which they have these positions.
    pub fn add_to(
        &self,
        page: &mut PageBuilder,
        position: impl Fn(u32) -> Position,
        filter: impl Fn(&StoredEvent<'_>) -> bool,
    ) {
        self.add_all_to(self.events(), page, position, filter);
    }

    /// Adds the events that match `filter` from the last to the first, for a read
    /// [backward](crate::store::ReadStream::backward).
    pub fn add_reversed_to(
        &self,
        page: &mut PageBuilder,
        position: impl Fn(u32) -> Position,
        filter: impl Fn(&StoredEvent<'_>) -> bool,
    ) {
        self.add_all_to(self.events().rev(), page, position, filter);
    }

    fn add_all_to<'e>(
        &'e self,
        events: impl Iterator<Item = EnvelopeEvent<'e>>,
        page: &mut PageBuilder,
        position: impl Fn(u32) -> Position,
        filter: impl Fn(&StoredEvent<'_>) -> bool,
    ) {
        let header = Arc::new(self.header(position(0)));
        let mut commit = None;
        let mut streams = vec![None; self.streams.len()];
        let mut types = vec![None; self.types.len()];
        for event in events {
            let position = position(event.index);
            if !filter(&event.stored(position, &header)) {
                continue;
            }
            let stream = &mut streams[event.stream_index as usize];
            let stream = *stream.get_or_insert_with(|| page.stream(event.stream.clone()));
            let commit = *commit.get_or_insert_with(|| page.commit(Arc::clone(&header)));
            let index = self.slots[event.index as usize].stored_type as usize;
            let stored_type = || store::StoredType::new(event.name, event.schema, event.codec);
            let event_type = *types[index].get_or_insert_with(|| page.event_type(&stored_type()));
            page.push(PageEvent {
                stream,
                commit,
                event_type,
                version: event.version,
                position,
                payload: event.payload,
                tags: Tags::from(&event.tags[..]),
            });
        }
    }

    /// Returns the commit without its expectations, to be sent to another store.
    #[must_use]
    pub fn to_commit(&self) -> Commit {
        let event = |event: EnvelopeEvent<'_>| {
            let EnvelopeEvent { stream, name, .. } = event;
            let payload = event.payload.to_vec();
            NewEvent::new(
                stream.clone(),
                name.to_owned(),
                event.schema,
                event.codec,
                payload,
            )
            .tagged(event.tags)
        };
        let events = self.events().map(event).collect();
        Commit::new(self.id, events).metadata(self.metadata.clone())
    }

    fn event<'e>(&'e self, index: u32, slot: &'e Slot<'a>) -> EnvelopeEvent<'e> {
        let StoredType {
            name,
            schema,
            codec,
        } = self.types[slot.stored_type as usize];
        EnvelopeEvent {
            index,
            stream_index: slot.stream,
            stream: &self.streams[slot.stream as usize],
            version: slot.version,
            name,
            schema,
            codec,
            payload: slot.payload,
            tags: self.tags_of(slot).map(Tag::from_stored).collect(),
        }
    }

    fn hash_of(&self, slot: &Slot<'a>) -> [u8; 32] {
        let stored_type = self.types[slot.stored_type as usize];
        let content = EventContent {
            stream: &self.streams[slot.stream as usize],
            name: stored_type.name,
            schema: stored_type.schema,
            codec: stored_type.codec,
            tags: self.tags_of(slot),
        };
        content.hash(slot.payload)
    }

    fn tags_of(&self, slot: &Slot<'a>) -> impl ExactSizeIterator<Item = &'a str> {
        let tagged = &self.tagged[slot.tags.start as usize..slot.tags.end as usize];
        tagged.iter().map(|&tag| self.tags[tag as usize])
    }
}

/// Writes the events, with the length and the hash of each payload, as
/// [`Payload`](crate::values::Payload) does.
impl fmt::Debug for CommitEnvelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.events().collect::<Vec<_>>();
        f.debug_struct("CommitEnvelope")
            .field("id", &self.id)
            .field("recorded_at", &self.recorded_at)
            .field("digest", &self.digest)
            .field("metadata", &self.metadata)
            .field("events", &events)
            .finish_non_exhaustive()
    }
}

/// The numbers of the codecs.
const CODECS: [(u8, Codec); 2] = [(1, Codec::Json), (2, Codec::MessagePack)];

/// The state of a payload that is in the envelope. Other numbers are reserved for archived payloads.
const PRESENT: u8 = 0;

/// The bytes that an event and a tag count in addition to their content, as in
/// [`Limits`](crate::store::Limits).
const EVENT_BYTES: usize = 16;
const TAG_BYTES: usize = 4;

/// Converts a number of events or tags of an envelope, of which 2^32 would exceed
/// [`CommitEnvelope::CONTENT_BYTES`].
fn to_u32(number: usize) -> u32 {
    u32::try_from(number).expect("an envelope has fewer events and tags than 2^32")
}

/// The bytes that an event without tags counts.
fn content_bytes(stream: &StreamId, name: &str, payload: &[u8]) -> usize {
    let stream = stream.tenant().len() + stream.category().len() + size_of::<Uuid>();
    stream + name.len() + payload.len() + EVENT_BYTES
}
