//! The reads of the log.

use std::convert::Infallible;
use std::sync::Arc;

use super::log::{Log, Stored, to_index};
use crate::engine::{Damage, EventSink, FilledEvent, PageFiller, PageSource};
use crate::store::{
    CommitHeader, Page, Query, ReadError, ReadLog, ReadStream, StoredType, Tags, Versions,
    VisitError, Visited, Visitor,
};
use crate::values::{Environment, Position, StreamId};

impl Log {
    pub(super) fn read_stream(&self, read: &ReadStream) -> Result<Page, ReadError> {
        ReadError::check_freshness(read.min_freshness, self.head().position())?;
        let events = self
            .streams
            .get(&read.stream)
            .map_or(&[][..], |stream| &stream.events);
        let chosen: Box<dyn Iterator<Item = usize>> = match read.versions {
            Versions::After(version) => Box::new(events.iter().skip(to_index(version)).copied()),
            Versions::Before(version) => {
                let below = to_index(version.saturating_sub(1)).min(events.len());
                Box::new(events[..below].iter().rev().copied())
            }
        };
        let mut page = PageFiller::of_stream(read);
        let is_complete = undamaged(self.fill(&mut page, chosen));
        Ok(page.finish(self.head(), is_complete))
    }

    pub(super) fn read(&self, read: &ReadLog) -> Result<Page, ReadError> {
        self.check_read(read)?;
        let mut page = PageFiller::of_log(read);
        let is_complete = undamaged(self.fill(&mut page, self.matching(read)));
        Ok(page.finish(self.head(), is_complete))
    }

    pub(super) fn visit(
        &self,
        read: &ReadLog,
        visitor: Box<dyn Visitor>,
        environment: &dyn Environment,
    ) -> Result<Visited, VisitError> {
        self.check_read(read)?;
        let mut visit = PageFiller::visiting(read, visitor, environment);
        let is_complete = undamaged(self.fill(&mut visit, self.matching(read)));
        visit.finish(self.head(), is_complete)
    }

    /// Checks that the log has the history and the freshness that the read requires.
    fn check_read(&self, read: &ReadLog) -> Result<(), ReadError> {
        ReadError::check_freshness(read.min_freshness, self.head().position())?;
        let Ok(checked) = ReadError::check_horizon(read.start, self.head(), |position| {
            Ok::<_, Infallible>(self.commit_at(position))
        });
        checked
    }

    fn matching<'r>(&'r self, read: &'r ReadLog) -> impl Iterator<Item = usize> + 'r {
        let first = self.index_from(read.start.position().offset().get().saturating_add(1));
        let events = first..self.events.len();
        events.filter(move |&event| self.matches(&read.query, event))
    }

    fn matches(&self, query: &Query, index: usize) -> bool {
        let Stored { event, .. } = &self.events[index];
        query.matches_event(&event.stream, &event.name, Tags::from(&event.tags[..]))
    }

    /// Fills a page with these events, or the first of them.
    fn fill<S: EventSink>(
        &self,
        filler: &mut PageFiller<S>,
        chosen: impl Iterator<Item = usize>,
    ) -> Result<bool, Damage> {
        for index in chosen {
            if !filler.add(&self.filled(index), &mut Tables(self))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn filled(&self, index: usize) -> FilledEvent<'_> {
        let stored = &self.events[index];
        FilledEvent {
            commit: self.commits[stored.commit].first,
            stream: number(stored.stream),
            event_type: number(stored.event_type),
            version: stored.version,
            position: stored.position(),
            payload: &stored.event.payload,
            tags: Tags::from(&stored.event.tags[..]),
        }
    }
}

/// The look-ups of a page: streams by the index of their first event, types by their index.
struct Tables<'l>(&'l Log);

impl PageSource for Tables<'_> {
    type Error = Damage;

    fn stream(&mut self, number: i64) -> Result<StreamId, Damage> {
        Ok(self.0.events[index(number)].event.stream.clone())
    }

    fn event_type(&mut self, number: i64) -> Result<StoredType, Damage> {
        Ok(self.0.types.at(index(number)).clone())
    }

    fn commit(&mut self, first: Position) -> Result<Arc<CommitHeader>, Damage> {
        let first = self.0.index_from(first.offset().get());
        Ok(Arc::clone(&self.0.commits[self.0.events[first].commit]))
    }
}

fn number(index: usize) -> i64 {
    i64::try_from(index).expect("no `Vec` has more elements")
}

fn index(number: i64) -> usize {
    usize::try_from(number).expect("it was an index")
}

/// A store in memory cannot be damaged, since one append at a time writes it.
fn undamaged<T>(read: Result<T, Damage>) -> T {
    read.expect("a store in memory is not damaged")
}
