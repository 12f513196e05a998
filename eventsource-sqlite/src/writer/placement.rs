//! Where the events of a commit come to stand.

use std::collections::HashMap;

use eventsource_core::store::Commit;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Revision, StreamId, Timestamp};

use super::statements::Statements;
use crate::fault::Fault;
use crate::file::connection::Connection;
use crate::tables::streams::{self, StreamRow};

/// The places of a commit's events behind the end of the log.
pub(crate) struct Placed<'e> {
    /// In the order in which the commit first writes them.
    streams: Vec<Written<'e>>,
    pub(crate) events: Vec<Place>,
}

pub(crate) struct Place {
    /// Which of the streams that the commit writes.
    pub(crate) stream: usize,
    pub(crate) version: u64,
}

struct Written<'e> {
    stream: &'e StreamId,
    /// `None` for a stream that begins with this commit.
    row: Option<StreamRow>,
    /// Where it stands after the events that were placed.
    revision: Revision,
}

impl<'e> Placed<'e> {
    /// Places the events; where the first stream stands, the caller knows already.
    pub(crate) fn new(
        (connection, statements): (&Connection, &mut Statements<'_>),
        commit: &'e Commit,
        head: Position,
        first: Option<StreamRow>,
    ) -> Result<Self, Fault> {
        let mut placed = Self {
            streams: Vec::with_capacity(1),
            events: Vec::with_capacity(commit.events.len()),
        };
        let (mut last, mut stream) = (&commit.events[0].stream, 0);
        placed.begin(last, first);
        // Most commits write one stream, and need nothing to find it by.
        let mut others = HashMap::new();
        for (position, event) in (head.offset().get() + 1..).zip(&commit.events) {
            if event.stream != *last {
                others.insert(last, stream);
                last = &event.stream;
                stream = if let Some(known) = others.get(last) {
                    *known
                } else {
                    let found = streams::find_with(connection, &mut statements.find_stream, last)?;
                    placed.begin(last, found)
                };
            }
            placed.place(stream, Position::new(position), commit.id);
        }
        Ok(placed)
    }

    fn begin(&mut self, stream: &'e StreamId, found: Option<StreamRow>) -> usize {
        let revision = found.map_or(Revision::NONE, |found| found.revision());
        self.streams.push(Written {
            stream,
            row: found,
            revision,
        });
        self.streams.len() - 1
    }

    fn place(&mut self, stream: usize, position: Position, commit_id: Uuid) {
        let revision = &mut self.streams[stream].revision;
        *revision = Revision::new(revision.version() + 1, position, commit_id);
        self.events.push(Place {
            stream,
            version: revision.version(),
        });
    }

    /// When the last event was recorded of each stream that has events already.
    pub(crate) fn last_times(&self) -> impl Iterator<Item = (&'e StreamId, Timestamp)> {
        self.streams.iter().filter_map(|written| {
            let last = Timestamp::from_micros(written.row?.recorded_at);
            Some((written.stream, last))
        })
    }

    /// Writes where the streams stand after the commit, and tells their numbers; none if the first
    /// was to begin, and has begun already. That one is written first. Streams that begin are
    /// numbered from `last` on.
    pub(crate) fn write_streams(
        &self,
        (connection, statements): (&Connection, &mut Statements<'_>),
        recorded_at: Timestamp,
        last: &mut i64,
    ) -> Result<Option<Vec<i64>>, Fault> {
        let mut numbers = Vec::with_capacity(self.streams.len());
        for written in &self.streams {
            let new = || streams::begin(connection, *last + 1, written.stream);
            let row = written.row.map_or_else(new, Ok)?;
            let row = row.moved(written.revision, recorded_at);
            if written.row.is_some() {
                streams::move_with(&mut statements.move_stream, &row)?;
            } else if streams::add_with(&mut statements.add_stream, &row)? {
                *last = row.number;
            } else {
                return Ok(None);
            }
            numbers.push(row.number);
        }
        Ok(Some(numbers))
    }

    /// As a receipt tells them.
    pub(crate) fn revisions(&self) -> Vec<(StreamId, Revision)> {
        self.streams
            .iter()
            .map(|written| (written.stream.clone(), written.revision))
            .collect()
    }
}
