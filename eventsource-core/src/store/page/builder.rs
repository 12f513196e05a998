//! Filling a page.

use std::sync::Arc;

use super::{Page, Slot};
use crate::codec::Codec;
use crate::store::commit_header::CommitHeader;
use crate::store::horizon::Horizon;
use crate::values::{Position, StreamId, Tag};

/// How many bytes most names and payloads have.
const NAME: usize = 24;
const PAYLOAD: usize = 128;

/// Fills a page: what a store reads with.
#[derive(Debug, Default)]
pub struct PageBuilder(Page);

/// An event as a store hands it to a [`PageBuilder`]; streams and commits by their number there.
#[derive(Clone)]
#[expect(missing_docs, reason = "the fields of `StoredEvent`")]
#[expect(clippy::exhaustive_structs, reason = "a store has to name all of it")]
pub struct PageEvent<'a> {
    pub stream: u32,
    pub commit: u32,
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

    /// Makes room for so many more events of a usual size.
    pub fn reserve(&mut self, events: usize) {
        let page = &mut self.0;
        page.slots.reserve(events);
        page.names.reserve(events * NAME);
        page.payloads.reserve(events * PAYLOAD);
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
    pub fn finish(self, through: Horizon, complete: bool) -> Page {
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
