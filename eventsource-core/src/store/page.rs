//! Pages of stored events.

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

/// A page of stored events, in order. The events share their buffers, so a page needs few allocations for any
/// number of events. A page never splits a commit. Each event has the header of its commit.
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
    /// The tags of all events.
    tags: TagBuffer,
    through: Horizon,
    complete: bool,
}

/// One event of a page, as indices of its parts.
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

    /// The event at this index of the page.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<StoredEvent<'_>> {
        self.slots.get(index).map(|slot| self.event(slot))
    }

    /// The last event.
    #[must_use]
    pub fn last(&self) -> Option<StoredEvent<'_>> {
        self.slots.last().map(|slot| self.event(slot))
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether the page has no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The end of the page: every match up to here is in this page or in an earlier one. The next page is read
    /// after it.
    #[must_use]
    pub fn through(&self) -> Horizon {
        self.through
    }

    /// Whether no further event matched when the page was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Marks the page as incomplete.
    pub(crate) fn incomplete(self) -> Self {
        Self {
            complete: false,
            ..self
        }
    }

    // Inlined, so that the caller's loop reads the fields in place instead of copying each event.
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

/// Writes the events, with the length and the hash of each payload, as
/// [`Payload`](crate::values::Payload) does.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("events", &self.events().collect::<Vec<_>>())
            .field("through", &self.through)
            .field("complete", &self.complete)
            .finish_non_exhaustive()
    }
}

fn range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
