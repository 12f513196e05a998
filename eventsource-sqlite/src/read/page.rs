//! Filling a page from rows.

use std::sync::Arc;

use eventsource_core::store::{CommitHeader, Horizon, Page, PageBuilder, PageEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, StreamId};

use crate::fault::Fault;
use crate::file::connection::Connection;
use crate::file::interned::EventType;
use crate::file::slot_cache::Remembered;
use crate::tables::event_row::EventRow;
use crate::tables::{commits, streams, types};

/// So many streams of a page are told apart; where there are more, some are in it twice.
const STREAMS: usize = 1024;
/// For so many events at most there is room before they come.
const ROOM: usize = 1024;

/// A page under way. Streams and commits are looked up once for a page, not once for an event.
pub(crate) struct Filling<'c> {
    connection: &'c Connection,
    page: PageBuilder,
    /// The page is full with so many events, or so many bytes of payload.
    limits: (usize, usize),
    with_metadata: bool,
    /// Their numbers in the page.
    streams: Remembered<u32>,
    /// The stream of the last event, which is often that of the next one as well, and its type.
    stream: Option<(i64, u32)>,
    event_type: Option<(i64, Arc<EventType>)>,
    commit: Option<PageCommit>,
}

/// The commit of the last event in the page.
#[derive(Clone, Copy)]
struct PageCommit {
    first: u64,
    last: u64,
    id: Uuid,
    /// Its number in the page.
    number: u32,
}

impl<'c> Filling<'c> {
    pub(crate) fn new(
        connection: &'c Connection,
        limits: (usize, usize),
        with_metadata: bool,
    ) -> Self {
        Self {
            connection,
            page: PageBuilder::new(),
            limits,
            with_metadata,
            streams: Remembered::new(STREAMS),
            stream: None,
            event_type: None,
            commit: None,
        }
    }

    /// Makes room for so many events, within reason.
    pub(crate) fn expect(&mut self, events: u64) {
        let events = usize::try_from(events).map_or(ROOM, |events| events.min(ROOM));
        self.page.reserve(events);
    }

    /// Tells the name of a stream, so that it need not be looked up.
    pub(crate) fn know(&mut self, number: i64, stream: StreamId) {
        let in_page = self.page.stream(stream);
        self.streams.put(number, in_page);
    }

    /// Adds an event, unless the page is full and another commit begins.
    pub(crate) fn add(&mut self, event: &EventRow<'_>) -> Result<bool, Fault> {
        let (connection, with_metadata) = (self.connection, self.with_metadata);
        self.add_of(event, |first| commits::at(connection, first, with_metadata))
    }

    /// The same, where `commit` finds the commit that begins at a position.
    pub(crate) fn add_of(
        &mut self,
        event: &EventRow<'_>,
        commit: impl FnOnce(u64) -> Result<Arc<CommitHeader>, Fault>,
    ) -> Result<bool, Fault> {
        let begins = self
            .commit
            .is_none_or(|commit| commit.first != event.commit);
        if begins && self.commit.is_some() && self.is_full() {
            return Ok(false);
        }
        let stream = self.stream(event.stream)?;
        let commit = self.commit(begins, event, commit)?;
        let of = event_type(&mut self.event_type, self.connection, event.of)?;
        self.page.push(PageEvent {
            stream,
            commit,
            version: event.version,
            position: Position::new(event.position),
            name: &of.name,
            schema: of.schema,
            codec: of.codec,
            payload: event.payload,
            tags: event.tags()?,
        });
        Ok(true)
    }

    /// The page, with all that matches up to the head or with some of it.
    pub(crate) fn finish(self, head: Horizon, is_complete: bool) -> Page {
        if is_complete {
            return self.page.finish(head, true);
        }
        let end = |commit: PageCommit| Horizon::new(Position::new(commit.last), commit.id);
        let through = self.commit.map_or(Horizon::START, end);
        self.page.finish(through, false)
    }

    fn is_full(&self) -> bool {
        let (events, bytes) = self.limits;
        self.page.len() >= events || self.page.payload_bytes() >= bytes
    }

    fn stream(&mut self, number: i64) -> Result<u32, Fault> {
        if let Some((last, in_page)) = self.stream
            && last == number
        {
            return Ok(in_page);
        }
        let known = self.streams.get(number).copied();
        let in_page = known.map_or_else(|| self.begin_stream(number), Ok)?;
        self.stream = Some((number, in_page));
        Ok(in_page)
    }

    fn begin_stream(&mut self, number: i64) -> Result<u32, Fault> {
        let name = streams::name(self.connection, number)?;
        let in_page = self.page.stream(name);
        self.streams.put(number, in_page);
        Ok(in_page)
    }

    /// The number of the event's commit in the page.
    fn commit(
        &mut self,
        begins: bool,
        event: &EventRow<'_>,
        commit: impl FnOnce(u64) -> Result<Arc<CommitHeader>, Fault>,
    ) -> Result<u32, Fault> {
        if begins {
            self.commit = Some(self.begin(event, commit)?);
        }
        let commit = self.commit.as_mut().expect("a commit began");
        commit.last = commit.last.max(event.position);
        Ok(commit.number)
    }

    fn begin(
        &mut self,
        event: &EventRow<'_>,
        commit: impl FnOnce(u64) -> Result<Arc<CommitHeader>, Fault>,
    ) -> Result<PageCommit, Fault> {
        let first = event.commit;
        let header = commit(first)?;
        let last = first + u64::from(header.events).saturating_sub(1);
        Ok(PageCommit {
            first,
            last,
            id: header.id,
            number: self.page.commit(header),
        })
    }
}

/// The type with this number, which is kept as the last one.
fn event_type<'l>(
    last: &'l mut Option<(i64, Arc<EventType>)>,
    connection: &Connection,
    number: i64,
) -> Result<&'l EventType, Fault> {
    if last.as_ref().is_none_or(|(known, _)| *known != number) {
        *last = Some((number, types::at(connection, number)?));
    }
    Ok(&last.as_ref().expect("it is known by now").1)
}
