//! The filler of pages, which have whole commits.

use std::sync::Arc;

use super::damage::Damage;
use super::event_sink::EventSink;
use super::slot_cache::SlotCache;
use super::visited_events::VisitedEvents;
use crate::store::{
    CommitHeader, CommitIndex, Horizon, Page, PageBuilder, PageEvent, Query, ReadLog, ReadStream,
    StoredType, StreamIndex, Tags, TypeIndex, VisitEnd, VisitError, Visited, Visitor,
};
use crate::values::{Environment, Position, StreamId};

/// The size of the caches of streams and types. If there are more, the page has some of them twice.
const SLOTS: usize = 1024;
/// A visit shows at most this many events, and the rest of the last commit.
pub(super) const VISITED: usize = 4_096;
/// The room that is reserved before events are added is at most that for this many.
const ROOM: usize = 1024;

/// Fills a page with the events that a store finds, in their order.
///
/// It ends the page at the end of a commit, once the page has as many events or bytes as the read
/// requests. It looks up each stream, type and commit once. It checks that the events of a log are in the
/// order of their positions, and that each event of a filtered read matches the query. It knows the
/// horizon through which the page holds every match.
///
/// [Example](crate::engine#example).
#[derive(Debug)]
pub struct PageFiller<S = PageBuilder> {
    pub(super) sink: S,
    /// The position of the event before; `None` for a read of a stream.
    last: Option<Position>,
    /// The numbers of events and of bytes of payload with which the page is full.
    events: usize,
    bytes: usize,
    /// The numbers that it has.
    filled_events: usize,
    filled_bytes: usize,
    streams: SlotCache<StreamIndex>,
    types: SlotCache<TypeIndex>,
    /// The stream and the type of the last event, which are often those of the next one.
    last_stream: Option<(i64, StreamIndex)>,
    last_type: Option<(i64, TypeIndex)>,
    commit: Option<FilledCommit>,
    /// The end of the commit before the last one, or the horizon of the read.
    before: Horizon,
}

/// The commit of the last event.
#[derive(Clone, Copy, Debug)]
struct FilledCommit {
    first: Position,
    end: Horizon,
    index: CommitIndex,
}

/// An event as in the rows of a store, with its stream and its type by their numbers.
///
/// [Example](crate::engine#example).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a store has to name all of it")]
pub struct FilledEvent<'a> {
    /// The position of the first event of its commit.
    pub commit: Position,
    /// The number of its stream.
    pub stream: i64,
    /// The number of its type.
    pub event_type: i64,
    /// Its version in the stream, from 1.
    pub version: u64,
    /// Its position in the log.
    pub position: Position,
    /// Its payload.
    pub payload: &'a [u8],
    /// Its tags.
    pub tags: Tags<'a>,
}

/// The tables of a store, in which a [`PageFiller`] looks up streams, types and commits.
///
/// [Example](crate::engine#example).
pub trait PageSource {
    /// The failure of a look-up.
    type Error: From<Damage>;

    /// The stream with this number.
    ///
    /// # Errors
    ///
    /// If there is none.
    fn stream(&mut self, number: i64) -> Result<StreamId, Self::Error>;

    /// The type of events with this number.
    ///
    /// # Errors
    ///
    /// If there is none.
    fn event_type(&mut self, number: i64) -> Result<StoredType, Self::Error>;

    /// The commit whose first event has this position. The positions of its events are consecutive.
    ///
    /// # Errors
    ///
    /// If there is none.
    fn commit(&mut self, first: Position) -> Result<Arc<CommitHeader>, Self::Error>;
}

impl PageFiller {
    /// Fills a page with events of a log.
    #[must_use]
    pub fn of_log(read: &ReadLog) -> Self {
        Self::of_read(PageBuilder::new(), read)
    }

    /// Fills a page with events of one stream.
    #[must_use]
    pub fn of_stream(read: &ReadStream) -> Self {
        let limits = (read.max_events, ReadLog::BYTES);
        Self::new(PageBuilder::new(), Horizon::START, limits)
    }

    /// The page, with all matches up to the head, or the first of them.
    #[must_use]
    pub fn finish(self, head: Horizon, is_complete: bool) -> Page {
        let through = if is_complete { head } else { self.through() };
        self.sink.finish(through, is_complete)
    }
}

impl<'v> PageFiller<VisitedEvents<'v>> {
    /// Shows events of a log to a visitor, and ends like a page, or when the time of a visit is over.
    #[must_use]
    pub fn visiting(
        read: &ReadLog,
        visitor: Box<dyn Visitor>,
        environment: &'v dyn Environment,
    ) -> Self {
        let filler = Self::of_read(VisitedEvents::new(visitor, environment), read);
        Self {
            events: read.max_events.min(VISITED),
            ..filler
        }
    }

    /// The visitor, with the horizon of the visit.
    ///
    /// # Errors
    ///
    /// [`VisitError::Panicked`].
    pub fn finish(self, head: Horizon, is_complete: bool) -> Result<Visited, VisitError> {
        let (through, end) = match self.sink.is_stopped() {
            true => (self.before, VisitEnd::Stopped),
            false if is_complete => (head, VisitEnd::Head),
            false => (self.through(), VisitEnd::Limit),
        };
        Ok(Visited::new(self.sink.finish()?, through, end))
    }
}

impl<S: EventSink> PageFiller<S> {
    fn of_read(sink: S, read: &ReadLog) -> Self {
        let filler = Self::new(sink, read.start, (read.max_events, read.max_bytes));
        Self {
            last: Some(read.start.position()),
            ..filler
        }
    }

    fn new(sink: S, before: Horizon, (events, bytes): (usize, usize)) -> Self {
        Self {
            sink,
            last: None,
            events,
            bytes,
            filled_events: 0,
            filled_bytes: 0,
            streams: SlotCache::new(SLOTS),
            types: SlotCache::new(SLOTS),
            last_stream: None,
            last_type: None,
            commit: None,
            before,
        }
    }

    /// Reserves memory for so many events, up to a limit.
    pub fn reserve(&mut self, events: u64) {
        let events = usize::try_from(events).unwrap_or(usize::MAX);
        self.sink.reserve(events.min(ROOM));
    }

    /// Sets the stream of a number, so that it is not looked up.
    pub fn know_stream(&mut self, number: i64, stream: StreamId) {
        let index = self.sink.stream(stream);
        self.streams.put(number, index);
    }

    /// Adds the next event. Returns `false`, and adds nothing, if the page is full and another commit
    /// begins, or if a visitor has stopped.
    ///
    /// # Errors
    ///
    /// [`Damage`] or an error of the source, after which there is no page.
    pub fn add<P: PageSource>(
        &mut self,
        event: &FilledEvent<'_>,
        source: &mut P,
    ) -> Result<bool, P::Error> {
        let placed = self.place(event, source)?;
        Ok(placed.is_some_and(|event| self.push(event)))
    }

    /// Adds the next event, as [`add`](Self::add) does, and checks that it matches the query by which an
    /// index of the store has found it.
    ///
    /// # Errors
    ///
    /// The same, and [`Damage::NoMatch`].
    pub fn add_match<P: PageSource>(
        &mut self,
        event: &FilledEvent<'_>,
        query: &Query,
        source: &mut P,
    ) -> Result<bool, P::Error> {
        let Some(event) = self.place(event, source)? else {
            return Ok(false);
        };
        if !query.matches(&self.sink.resolve(&event)) {
            let position = event.position;
            return Err(Damage::NoMatch { position }.into());
        }
        Ok(self.push(event))
    }

    /// The event with its indexes in the page; `None` if the page is full.
    fn place<'e, P: PageSource>(
        &mut self,
        event: &FilledEvent<'e>,
        source: &mut P,
    ) -> Result<Option<PageEvent<'e>>, P::Error> {
        let commit = match self.commit {
            Some(commit) if commit.first == event.commit => commit.index,
            _ if self.is_full() => return Ok(None),
            _ => self.begin(event.commit, source)?,
        };
        self.check_order(event.position)?;
        Ok(Some(PageEvent {
            stream: self.stream(event.stream, source)?,
            commit,
            event_type: self.event_type(event.event_type, source)?,
            version: event.version,
            position: event.position,
            payload: event.payload,
            tags: event.tags,
        }))
    }

    fn push(&mut self, event: PageEvent<'_>) -> bool {
        self.filled_events += 1;
        self.filled_bytes += event.payload.len();
        self.sink.push(event).is_continue()
    }

    /// Whether the page accepts no further commit. The next event may still belong to the last one.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let is_large = self.filled_events >= self.events || self.filled_bytes >= self.bytes;
        self.commit.is_some() && (is_large || self.sink.is_full())
    }

    /// The end of the last commit in the page, through which the page holds every match.
    #[must_use]
    pub fn through(&self) -> Horizon {
        self.commit.map_or(self.before, |commit| commit.end)
    }

    fn begin<P: PageSource>(
        &mut self,
        first: Position,
        source: &mut P,
    ) -> Result<CommitIndex, P::Error> {
        let header = source.commit(first)?;
        let end = Horizon::new(header.last(), header.id);
        let index = self.sink.commit(header);
        self.before = self.through();
        self.commit = Some(FilledCommit { first, end, index });
        Ok(index)
    }

    fn check_order(&mut self, position: Position) -> Result<(), Damage> {
        if let Some(last) = &mut self.last {
            if position.offset() <= last.offset() {
                let last = *last;
                return Err(Damage::OutOfOrder { position, last });
            }
            *last = position;
        }
        Ok(())
    }

    fn stream<P: PageSource>(
        &mut self,
        number: i64,
        source: &mut P,
    ) -> Result<StreamIndex, P::Error> {
        match self.last_stream {
            Some((last, index)) if last == number => return Ok(index),
            _ => {}
        }
        let known = self.streams.get(number).copied();
        let index = match known {
            Some(index) => index,
            None => self.sink.stream(source.stream(number)?),
        };
        self.streams.put(number, index);
        self.last_stream = Some((number, index));
        Ok(index)
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
        let known = self.types.get(number).copied();
        let index = match known {
            Some(index) => index,
            None => self.sink.event_type(&source.event_type(number)?),
        };
        self.types.put(number, index);
        self.last_type = Some((number, index));
        Ok(index)
    }
}
