//! The receiver of the events of a read.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::store::{
    CommitHeader, CommitIndex, PageBuilder, PageEvent, StoredEvent, StoredType, StreamIndex,
    TypeIndex,
};
use crate::values::StreamId;

/// Receives the events of a read: a [`PageBuilder`] collects them, a
/// [`VisitedEvents`](super::VisitedEvents) shows them to a visitor.
///
/// [Example](crate::engine#example).
pub trait EventSink {
    /// Adds a stream that events belong to.
    fn stream(&mut self, stream: StreamId) -> StreamIndex;

    /// Adds a commit that events belong to.
    fn commit(&mut self, commit: Arc<CommitHeader>) -> CommitIndex;

    /// Adds a type that events have.
    fn event_type(&mut self, event_type: &StoredType) -> TypeIndex;

    /// The event with its stream, its commit and its type.
    fn resolve<'a>(&'a self, event: &PageEvent<'a>) -> StoredEvent<'a>;

    /// Adds an event. Breaks if the sink accepts neither this event nor a later one.
    fn push(&mut self, event: PageEvent<'_>) -> ControlFlow<()>;

    /// Whether the sink accepts no further commit.
    fn is_full(&self) -> bool {
        false
    }

    /// Reserves memory for so many events.
    fn reserve(&mut self, events: usize) {
        let _ = events;
    }
}

impl EventSink for PageBuilder {
    fn stream(&mut self, stream: StreamId) -> StreamIndex {
        Self::stream(self, stream)
    }

    fn commit(&mut self, commit: Arc<CommitHeader>) -> CommitIndex {
        Self::commit(self, commit)
    }

    fn event_type(&mut self, event_type: &StoredType) -> TypeIndex {
        Self::event_type(self, event_type)
    }

    fn resolve<'a>(&'a self, event: &PageEvent<'a>) -> StoredEvent<'a> {
        Self::resolve(self, event)
    }

    fn push(&mut self, event: PageEvent<'_>) -> ControlFlow<()> {
        Self::push(self, event);
        ControlFlow::Continue(())
    }

    fn reserve(&mut self, events: usize) {
        Self::reserve(self, events);
    }
}
