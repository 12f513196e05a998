//! A visit of the events of a log.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::event_sink::EventSink;
use super::visit_clock::VisitClock;
use crate::panic;
use crate::store::{
    CommitHeader, CommitIndex, PageEvent, StoredEvent, StoredType, StreamIndex, TypeIndex,
    VisitError, Visitor,
};
use crate::values::{Environment, StreamId};

/// Shows the events of a read to a visitor, while their payloads are borrowed from the store.
///
/// [Example](crate::engine#example).
pub struct VisitedEvents<'v> {
    visitor: Box<dyn Visitor>,
    clock: VisitClock<'v>,
    streams: Vec<StreamId>,
    types: Vec<StoredType>,
    commit: Option<Arc<CommitHeader>>,
    stop: Option<Stop>,
}

/// The reason why no further event is shown.
enum Stop {
    ByVisitor,
    Panic(VisitError),
}

impl<'v> VisitedEvents<'v> {
    pub(super) fn new(visitor: Box<dyn Visitor>, environment: &'v dyn Environment) -> Self {
        Self {
            visitor,
            clock: VisitClock::new(environment),
            streams: Vec::new(),
            types: Vec::new(),
            commit: None,
            stop: None,
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    pub(super) fn finish(self) -> Result<Box<dyn Visitor>, VisitError> {
        match self.stop {
            Some(Stop::Panic(error)) => Err(error),
            _ => Ok(self.visitor),
        }
    }
}

impl EventSink for VisitedEvents<'_> {
    fn stream(&mut self, stream: StreamId) -> StreamIndex {
        self.streams.push(stream);
        StreamIndex::new(self.streams.len() - 1)
    }

    /// Keeps only the last commit, since events are in the order of their commits.
    fn commit(&mut self, commit: Arc<CommitHeader>) -> CommitIndex {
        self.commit = Some(commit);
        CommitIndex::new(0)
    }

    fn event_type(&mut self, event_type: &StoredType) -> TypeIndex {
        self.types.push(event_type.clone());
        TypeIndex::new(self.types.len() - 1)
    }

    fn resolve<'a>(&'a self, event: &PageEvent<'a>) -> StoredEvent<'a> {
        let stream = &self.streams[event.stream.place()];
        let event_type = &self.types[event.event_type.place()];
        let commit = self.commit.as_ref().expect("a commit comes first");
        event.resolve(stream, event_type, commit)
    }

    fn push(&mut self, event: PageEvent<'_>) -> ControlFlow<()> {
        self.clock.count();
        let event = event.resolve(
            &self.streams[event.stream.place()],
            &self.types[event.event_type.place()],
            self.commit.as_ref().expect("a commit comes first"),
        );
        let (visitor, position) = (&mut self.visitor, event.position);
        let visited = panic::caught(|| visitor.visit(&event));
        self.stop = match visited {
            Ok(ControlFlow::Continue(())) => return ControlFlow::Continue(()),
            Ok(ControlFlow::Break(())) => Some(Stop::ByVisitor),
            Err(message) => Some(Stop::Panic(VisitError::Panicked { position, message })),
        };
        ControlFlow::Break(())
    }

    fn is_full(&self) -> bool {
        self.clock.is_late()
    }
}

impl fmt::Debug for VisitedEvents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisitedEvents")
            .field("is_stopped", &self.is_stopped())
            .finish_non_exhaustive()
    }
}
