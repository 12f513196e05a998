//! Where the events of a commit come to stand.

use std::collections::HashMap;

use eventsource_core::{Commit, Position, Revision, StreamId};
use rusqlite::Connection;

use crate::fault::Fault;
use crate::streams::{self, Stream};

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
    number: Option<i64>,
    /// Where it stands after the events that were placed.
    revision: Revision,
}

impl<'e> Placed<'e> {
    /// Places the events; where the first stream stands, the caller knows already.
    pub(crate) fn new(
        connection: &Connection,
        commit: &'e Commit,
        head: Position,
        first: Option<Stream>,
    ) -> Result<Self, Fault> {
        let mut placed = Self {
            streams: Vec::new(),
            events: Vec::with_capacity(commit.events.len()),
        };
        let mut indexes = HashMap::new();
        indexes.insert(
            &commit.events[0].stream,
            placed.begin(&commit.events[0].stream, first),
        );
        for (position, event) in (head.offset() + 1..).zip(&commit.events) {
            let stream = if let Some(index) = indexes.get(&event.stream) {
                *index
            } else {
                let found = streams::find(connection, &event.stream)?;
                let index = placed.begin(&event.stream, found);
                indexes.insert(&event.stream, index);
                index
            };
            placed.place(stream, Position::new(position));
        }
        Ok(placed)
    }

    fn begin(&mut self, stream: &'e StreamId, found: Option<Stream>) -> usize {
        let number = found.map(|found| found.number);
        let revision = found.map_or(Revision::NONE, |found| found.revision);
        self.streams.push(Written {
            stream,
            number,
            revision,
        });
        self.streams.len() - 1
    }

    fn place(&mut self, stream: usize, position: Position) {
        let revision = &mut self.streams[stream].revision;
        *revision = Revision::new(revision.version() + 1, position);
        self.events.push(Place {
            stream,
            version: revision.version(),
        });
    }

    /// Writes where the streams stand after the commit, and tells their numbers.
    pub(crate) fn write_streams(&self, connection: &Connection) -> Result<Vec<i64>, Fault> {
        let write = |written: &Written<'_>| match written.number {
            Some(number) => streams::move_on(connection, number, written.revision).map(|()| number),
            None => streams::add(connection, written.stream, written.revision),
        };
        self.streams.iter().map(write).collect()
    }

    /// As a receipt tells them.
    pub(crate) fn revisions(&self) -> Vec<(StreamId, Revision)> {
        self.streams
            .iter()
            .map(|written| (written.stream.clone(), written.revision))
            .collect()
    }
}
