//! Where the events of a commit come to stand.

use std::collections::HashMap;

use eventsource_core::store::Commit;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Revision, StreamId};

use super::statements::Statements;
use crate::fault::Fault;
use crate::tables::streams::{self, Stream};

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
        statements: &mut Statements<'_>,
        commit: &'e Commit,
        head: Position,
        first: Option<Stream>,
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
                    let found = streams::find_with(&mut statements.find_stream, last)?;
                    placed.begin(last, found)
                };
            }
            placed.place(stream, Position::new(position), commit.id);
        }
        Ok(placed)
    }

    fn begin(&mut self, stream: &'e StreamId, found: Option<Stream>) -> usize {
        let number = found.map(|found| found.number);
        let version = found.map_or(0, |found| found.version);
        // Events are placed in each stream that begins here, which gives it the rest.
        let revision = Revision::with_check(version, Position::START, 0);
        self.streams.push(Written {
            stream,
            number,
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

    /// Writes where the streams stand after the commit, and tells their numbers; none if the first
    /// was to begin, and has begun already. That one is written first.
    pub(crate) fn write_streams(
        &self,
        statements: &mut Statements<'_>,
    ) -> Result<Option<Vec<i64>>, Fault> {
        let mut write = |written: &Written<'_>| match written.number {
            Some(number) => {
                streams::move_with(&mut statements.move_stream, number, written.revision)?;
                Ok(Some(number))
            }
            None => streams::add_with(&mut statements.add_stream, written.stream, written.revision),
        };
        self.streams.iter().map(&mut write).collect()
    }

    /// As a receipt tells them.
    pub(crate) fn revisions(&self) -> Vec<(StreamId, Revision)> {
        self.streams
            .iter()
            .map(|written| (written.stream.clone(), written.revision))
            .collect()
    }
}
