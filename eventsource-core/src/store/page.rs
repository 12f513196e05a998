//! Some stored events in a row.

mod builder;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::commit_header::CommitHeader;
use super::horizon::Horizon;
use super::stored_event::StoredEvent;
use crate::codec::Codec;
use crate::values::{Position, StreamId, Tag};
pub use builder::{PageBuilder, PageEvent};

/// Stored events as a store reads them, in order. They share their buffers, so a page costs a few
/// allocations however many events are in it. A page never splits a commit. Each event has the commit
/// that it came in.
///
/// ```
/// # use eventsource_core::{EventLog, MemoryStore, Query};
/// # use eventsource_core::store::ReadLog;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let page = MemoryStore::new().read(ReadLog::new(Query::all()).limit(100)).await?;
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
    through: Horizon,
    complete: bool,
}

/// One event of a page, by where its parts are.
#[derive(Clone, Debug)]
struct Slot {
    position: Position,
    version: u64,
    stream: u32,
    commit: u32,
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

    /// The event at this place in the page.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<StoredEvent<'_>> {
        self.slots.get(index).map(|slot| self.event(slot))
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
    pub fn through(&self) -> Horizon {
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
            commit: &self.commits[slot.commit as usize],
        }
    }
}

/// The events, and of their payloads only what [`Payload`](crate::values::Payload) tells.
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
