//! A visit of the events of one stream.

use std::fmt;
use std::ops::ControlFlow;

use super::page_filler::{FilledEvent, PageSource, VISITED};
use super::slot_cache::SlotCache;
use super::visit_clock::VisitClock;
use crate::panic;
use crate::store::{
    ReadLog, ReadStream, Revision, StoredType, StreamEvent, StreamVisited, StreamVisitor,
    TypeIndex, VisitEnd, VisitError,
};
use crate::values::{Environment, Position, StreamId};

/// The size of the cache of types. If there are more, some are in the list twice.
const TYPES: usize = 1024;

/// Shows the events of one stream to a visitor, in their order, and ends like a page, or when the time of
/// a visit is over.
///
/// It looks up each type once, and no commit: the store knows the revision at the end of the visit.
///
/// [Example](crate::engine#example).
pub struct StreamVisit<'v> {
    visitor: Box<dyn StreamVisitor>,
    clock: VisitClock<'v>,
    stream: StreamId,
    /// The number of events with which the visit is full.
    events: usize,
    shown_events: usize,
    shown_bytes: usize,
    types: Vec<StoredType>,
    places: SlotCache<TypeIndex>,
    /// The type of the last event, which is often that of the next one.
    last_type: Option<(i64, TypeIndex)>,
    last: Option<LastEvent>,
    stop: Option<Stop>,
}

/// The last event that a visit of a stream has shown.
///
/// [Example](crate::engine#example).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LastEvent {
    /// Its version in the stream.
    pub version: u64,
    /// Its position in the log.
    pub position: Position,
    /// The position of the first event of its commit.
    pub commit: Position,
}

/// The reason why no further event is shown.
enum Stop {
    ByVisitor,
    Panic(VisitError),
}

impl<'v> StreamVisit<'v> {
    /// A visit of the events of `read`.
    #[must_use]
    pub fn new(
        read: &ReadStream,
        visitor: Box<dyn StreamVisitor>,
        environment: &'v dyn Environment,
    ) -> Self {
        Self {
            visitor,
            clock: VisitClock::new(environment),
            stream: read.stream.clone(),
            events: read.max_events.min(VISITED),
            shown_events: 0,
            shown_bytes: 0,
            types: Vec::new(),
            places: SlotCache::new(TYPES),
            last_type: None,
            last: None,
            stop: None,
        }
    }

    /// Shows the next event. Returns `false`, and the event is not visited, if the visit is full and
    /// another commit begins, or if the visitor has stopped.
    ///
    /// # Errors
    ///
    /// An error of the source, after which the visitor is lost.
    pub fn show<P: PageSource>(
        &mut self,
        event: &FilledEvent<'_>,
        source: &mut P,
    ) -> Result<bool, P::Error> {
        if self
            .last
            .is_some_and(|last| self.is_full() && last.commit != event.commit)
        {
            return Ok(false);
        }
        let index = self.event_type(event.event_type, source)?;
        let event_type = &self.types[index.place()];
        let shown = StreamEvent {
            stream: &self.stream,
            version: event.version,
            position: event.position,
            name: &event_type.name,
            schema: event_type.schema,
            codec: event_type.codec,
            payload: event.payload,
            interned: Some((index, &event_type.name)),
        };
        let (visitor, position) = (&mut self.visitor, event.position);
        let visited = panic::caught(|| visitor.visit(&shown));
        self.stop = match visited {
            Ok(ControlFlow::Continue(())) => {
                self.count(event);
                return Ok(true);
            }
            Ok(ControlFlow::Break(())) => Some(Stop::ByVisitor),
            Err(message) => Some(Stop::Panic(VisitError::Panicked { position, message })),
        };
        Ok(false)
    }

    /// The last event that was visited.
    #[must_use]
    pub fn last(&self) -> Option<LastEvent> {
        self.last
    }

    /// The visitor, with the revision at the last event that was visited, and whether the stream has
    /// no further event.
    ///
    /// # Errors
    ///
    /// [`VisitError::Panicked`].
    pub fn finish(
        self,
        head: Position,
        last: Option<Revision>,
        is_complete: bool,
    ) -> Result<StreamVisited, VisitError> {
        let end = match self.stop {
            Some(Stop::Panic(error)) => return Err(error),
            Some(Stop::ByVisitor) => VisitEnd::Stopped,
            None if is_complete => VisitEnd::Head,
            None => VisitEnd::Limit,
        };
        Ok(StreamVisited {
            visitor: self.visitor,
            last,
            head,
            end,
        })
    }

    fn is_full(&self) -> bool {
        self.shown_events >= self.events
            || self.shown_bytes >= ReadLog::BYTES
            || self.clock.is_late()
    }

    fn count(&mut self, event: &FilledEvent<'_>) {
        self.clock.count();
        self.shown_events += 1;
        self.shown_bytes += event.payload.len();
        self.last = Some(LastEvent {
            version: event.version,
            position: event.position,
            commit: event.commit,
        });
    }

    fn event_type<P: PageSource>(
        &mut self,
        number: i64,
        source: &mut P,
    ) -> Result<TypeIndex, P::Error> {
        match self.last_type {
            Some((last, index)) if last == number => return Ok(index),
            _ => {}
        }
        let known = self.places.get(number).copied();
        let index = if let Some(index) = known {
            index
        } else {
            self.types.push(source.event_type(number)?);
            let index = TypeIndex::new(self.types.len() - 1);
            self.places.put(number, index);
            index
        };
        self.last_type = Some((number, index));
        Ok(index)
    }
}

impl fmt::Debug for StreamVisit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamVisit")
            .field("stream", &self.stream)
            .field("last", &self.last)
            .field("is_stopped", &self.stop.is_some())
            .finish_non_exhaustive()
    }
}
