//! Some stored events in a row.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use crate::{Codec, Metadata, PayloadContext, Position, StreamId, Tag, Timestamp, payload};

/// Stored events as a store reads them, in order. They share their buffers, so a page costs a few
/// allocations however many events are in it. A page never splits a commit.
///
/// ```
/// # use eventsource_core::{EventStore, MemoryStore, Position, Query};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let page = MemoryStore::new().read(Query::all(), Position::START, 100).await?;
/// for event in page.events() {
///     println!("{} {} {}", event.position, event.stream, event.name);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Page {
    slots: Vec<Slot>,
    streams: Vec<StreamId>,
    commits: Vec<Arc<CommitHeader>>,
    names: String,
    payloads: Vec<u8>,
    through: Position,
    complete: bool,
}

/// One event of a page, by where its parts are.
#[derive(Clone, Debug)]
struct Slot {
    position: Position,
    version: u64,
    stream: u32,
    commit: Option<u32>,
    schema: u32,
    codec: Codec,
    name: Range<u32>,
    payload: Range<u32>,
    tags: Vec<Tag>,
}

impl Page {
    /// The events, in the order of the read.
    #[must_use]
    pub fn events(&self) -> impl ExactSizeIterator<Item = StoredEvent<'_>> {
        self.slots.iter().map(|slot| self.event(slot))
    }

    /// The last event.
    #[must_use]
    pub fn last(&self) -> Option<StoredEvent<'_>> {
        self.slots.last().map(|slot| self.event(slot))
    }

    /// How many events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Up to here every match is in this page or in an earlier one; the next page is read after
    /// it.
    #[must_use]
    pub fn through(&self) -> Position {
        self.through
    }

    /// Whether nothing more matched when the page was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    fn event<'a>(&'a self, slot: &'a Slot) -> StoredEvent<'a> {
        StoredEvent {
            stream: &self.streams[slot.stream as usize],
            version: slot.version,
            position: slot.position,
            name: &self.names[range(&slot.name)],
            schema: slot.schema,
            codec: slot.codec,
            payload: &self.payloads[range(&slot.payload)],
            tags: &slot.tags,
            commit: slot.commit.map(|commit| &self.commits[commit as usize]),
        }
    }
}

/// The events, and of their payloads only what [`Payload`](crate::Payload) tells.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field(
                "events",
                &fmt::from_fn(|f| f.debug_list().entries(self.events()).finish()),
            )
            .field("through", &self.through)
            .field("complete", &self.complete)
            .finish_non_exhaustive()
    }
}

fn range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

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
    /// The commit it came in; `None` where a stream was read without its commits.
    pub commit: Option<&'a Arc<CommitHeader>>,
}

impl<'a> StoredEvent<'a> {
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
    /// What is known beside the events.
    pub metadata: Metadata,
    /// See [`Commit::digest`](crate::Commit::digest).
    pub digest: [u8; 32],
}

impl CommitHeader {
    /// The header of a commit without metadata.
    #[must_use]
    pub fn new(
        id: Uuid,
        first: Position,
        events: u32,
        recorded_at: Timestamp,
        digest: [u8; 32],
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

    /// The same header with this metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}

/// Fills a page: what a store reads with.
#[derive(Debug, Default)]
pub struct PageBuilder(Page);

/// An event as a store hands it to a [`PageBuilder`]; streams and commits by their number there.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields of `StoredEvent`")]
#[expect(clippy::exhaustive_structs, reason = "a store has to name all of it")]
pub struct PageEvent<'a> {
    pub stream: u32,
    pub commit: Option<u32>,
    pub version: u64,
    pub position: Position,
    pub name: &'a str,
    pub schema: u32,
    pub codec: Codec,
    pub payload: &'a [u8],
    pub tags: Vec<Tag>,
}

impl PageBuilder {
    /// A page without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stream that events of the page belong to, and tells its number.
    pub fn stream(&mut self, stream: StreamId) -> u32 {
        self.0.streams.push(stream);
        index(self.0.streams.len() - 1)
    }

    /// Adds a commit that events of the page came in, and tells its number.
    pub fn commit(&mut self, commit: Arc<CommitHeader>) -> u32 {
        self.0.commits.push(commit);
        index(self.0.commits.len() - 1)
    }

    /// Adds an event after those that are there.
    ///
    /// # Panics
    ///
    /// When the payloads of the page come to more than 4 GiB.
    pub fn push(&mut self, event: PageEvent<'_>) {
        let page = &mut self.0;
        let name = index(page.names.len());
        let payload = index(page.payloads.len());
        page.names.push_str(event.name);
        page.payloads.extend_from_slice(event.payload);
        page.slots.push(Slot {
            position: event.position,
            version: event.version,
            stream: event.stream,
            commit: event.commit,
            schema: event.schema,
            codec: event.codec,
            name: name..index(page.names.len()),
            payload: payload..index(page.payloads.len()),
            tags: event.tags,
        });
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.slots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.slots.is_empty()
    }

    /// How many bytes the payloads have.
    #[must_use]
    pub fn payload_bytes(&self) -> usize {
        self.0.payloads.len()
    }

    /// The page, which holds every match up to `through`; `complete` if nothing more matched.
    #[must_use]
    pub fn finish(self, through: Position, complete: bool) -> Page {
        Page {
            through,
            complete,
            ..self.0
        }
    }
}

fn index(index: usize) -> u32 {
    u32::try_from(index).expect("a page is smaller than 4 GiB")
}
