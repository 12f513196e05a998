//! Some stored events in a row.

mod builder;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::commit_header::CommitHeader;
use super::horizon::Horizon;
use super::page_index::{CommitIndex, StreamIndex, TypeIndex};
use super::stored_event::StoredEvent;
use super::stored_type::StoredType;
use super::tags::TagBuffer;
use crate::values::{Position, StreamId};
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
    types: Vec<StoredType>,
    payloads: Vec<u8>,
    /// Those of all events.
    tags: TagBuffer,
    through: Horizon,
    complete: bool,
}

/// One event of a page, by where its parts are.
#[derive(Clone, Debug)]
struct Slot {
    position: Position,
    version: u64,
    stream: StreamIndex,
    commit: CommitIndex,
    event_type: TypeIndex,
    payload: Range<u32>,
    tags: Range<u32>,
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

    /// The same page, behind which there is more.
    pub(crate) fn incomplete(self) -> Self {
        Self {
            complete: false,
            ..self
        }
    }

    // In the caller's loop the fields stay where they are, instead of a copy of each event.
    #[inline]
    fn event(&self, slot: &Slot) -> StoredEvent<'_> {
        let event = PageEvent {
            stream: slot.stream,
            commit: slot.commit,
            event_type: slot.event_type,
            version: slot.version,
            position: slot.position,
            payload: &self.payloads[range(&slot.payload)],
            tags: self.tags.between(range(&slot.tags)),
        };
        event.resolve(
            &self.streams[slot.stream.place()],
            &self.types[slot.event_type.place()],
            &self.commits[slot.commit.place()],
        )
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
