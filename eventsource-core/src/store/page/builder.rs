//! A builder of pages.

use std::sync::Arc;

use super::{Page, Slot};
use crate::codec::Codec;
use crate::store::commit_header::CommitHeader;
use crate::store::horizon::Horizon;
use crate::store::page_index::{CommitIndex, StreamIndex, TypeIndex};
use crate::store::stored_event::StoredEvent;
use crate::store::stored_type::StoredType;
use crate::store::tags::Tags;
use crate::values::{Position, StreamId};

/// The expected bytes of a payload.
const PAYLOAD_BYTES: usize = 128;
/// A new type is compared with the last types of the page, at most this many. Programs have few types, unless
/// they generate names.
const COMPARED_TYPES: usize = 64;

/// A builder with which a store makes a page.
///
/// [Example](crate::store#example).
#[derive(Debug, Default)]
pub struct PageBuilder(Page);

/// An event for a [`PageBuilder`], with the indices of its stream, commit and type in the builder.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields of `StoredEvent`")]
#[expect(
    clippy::exhaustive_structs,
    reason = "a part that a store does not name would be missing in every page; one is made for each \
        event that is read, and seven arguments in a row are easily mixed up"
)]
pub struct PageEvent<'a> {
    pub stream: StreamIndex,
    pub commit: CommitIndex,
    pub event_type: TypeIndex,
    pub version: u64,
    pub position: Position,
    pub payload: &'a [u8],
    pub tags: Tags<'a>,
}

impl<'a> PageEvent<'a> {
    /// The event with its stream, its type and its commit.
    #[inline]
    pub(crate) fn resolve(
        &self,
        stream: &'a StreamId,
        event_type: &'a StoredType,
        commit: &'a Arc<CommitHeader>,
    ) -> StoredEvent<'a> {
        StoredEvent {
            stream,
            version: self.version,
            position: self.position,
            name: &event_type.name,
            schema: event_type.schema,
            codec: event_type.codec,
            payload: self.payload,
            tags: self.tags,
            commit,
            interned: Some((self.event_type, &event_type.name)),
        }
    }
}

impl PageBuilder {
    /// Creates a builder without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reserves memory for this many more events of average size.
    pub fn reserve(&mut self, events: usize) {
        let page = &mut self.0;
        page.slots.reserve(events);
        page.payloads.reserve(events * PAYLOAD_BYTES);
    }

    /// Adds a stream of events of the page.
    pub fn stream(&mut self, stream: StreamId) -> StreamIndex {
        self.0.streams.push(stream);
        StreamIndex::new(self.0.streams.len() - 1)
    }

    /// Adds a commit of events of the page.
    pub fn commit(&mut self, commit: Arc<CommitHeader>) -> CommitIndex {
        self.0.commits.push(commit);
        CommitIndex::new(self.0.commits.len() - 1)
    }

    /// Adds a type of events of the page, unless the page has it already.
    pub fn event_type(&mut self, event_type: &StoredType) -> TypeIndex {
        let StoredType {
            name,
            schema,
            codec,
        } = event_type;
        let known = self.find_type(name, *schema, *codec);
        known.unwrap_or_else(|| self.add_type(event_type.clone()))
    }

    /// Adds a type with this name, unless the page has it already.
    pub fn named_type(&mut self, name: &str, schema: u32, codec: Codec) -> TypeIndex {
        let known = self.find_type(name, schema, codec);
        known.unwrap_or_else(|| self.add_type(StoredType::new(name, schema, codec)))
    }

    fn find_type(&self, name: &str, schema: u32, codec: Codec) -> Option<TypeIndex> {
        let types = &self.0.types;
        let compared = types.len().saturating_sub(COMPARED_TYPES);
        let is_same = |of: &StoredType| (&*of.name, of.schema, of.codec) == (name, schema, codec);
        let found = types[compared..].iter().position(is_same)?;
        Some(TypeIndex::new(compared + found))
    }

    fn add_type(&mut self, event_type: StoredType) -> TypeIndex {
        self.0.types.push(event_type);
        TypeIndex::new(self.0.types.len() - 1)
    }

    /// Appends an event.
    ///
    /// # Panics
    ///
    /// If the payloads of the page exceed 4 GiB.
    pub fn push(&mut self, event: PageEvent<'_>) {
        let page = &mut self.0;
        let payload = offset(page.payloads.len());
        page.payloads.extend_from_slice(event.payload);
        let tags = offset(page.tags.len());
        event.tags.iter().for_each(|tag| page.tags.push(tag));
        page.slots.push(Slot {
            position: event.position,
            version: event.version,
            stream: event.stream,
            commit: event.commit,
            event_type: event.event_type,
            payload: payload..offset(page.payloads.len()),
            tags: tags..offset(page.tags.len()),
        });
    }

    /// Appends an event of another page, with its stream, commit and type.
    ///
    /// # Panics
    ///
    /// If the payloads of the page exceed 4 GiB.
    pub fn copy(&mut self, event: &StoredEvent<'_>) {
        let copied = PageEvent {
            stream: self.stream(event.stream.clone()),
            commit: self.commit(Arc::clone(event.commit)),
            event_type: self.named_type(event.name, event.schema, event.codec),
            version: event.version,
            position: event.position,
            payload: event.payload,
            tags: event.tags,
        };
        self.push(copied);
    }

    /// Resolves the stream, type and commit of an event that is not appended yet.
    #[must_use]
    pub fn resolve<'a>(&'a self, event: &PageEvent<'a>) -> StoredEvent<'a> {
        event.resolve(
            &self.0.streams[event.stream.place()],
            &self.0.types[event.event_type.place()],
            &self.0.commits[event.commit.place()],
        )
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.slots.len()
    }

    /// Whether the page has no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.slots.is_empty()
    }

    /// The bytes of the payloads.
    #[must_use]
    pub fn payload_bytes(&self) -> usize {
        self.0.payloads.len()
    }

    /// Returns the page, which has every match up to `through`. It is `complete` if no further event matched.
    #[must_use]
    pub fn finish(self, through: Horizon, complete: bool) -> Page {
        Page {
            through,
            complete,
            ..self.0
        }
    }
}

fn offset(offset: usize) -> u32 {
    u32::try_from(offset).expect("a page is smaller than 4 GiB")
}
