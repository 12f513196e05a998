//! A log as a list, in which everything is found by looking at all of it.

use std::sync::Arc;

use eventsource_core::engine::{NewCommit, Plan, ReceiptBuilder, StreamState};
use eventsource_core::store::{
    CommitHeader, Horizon, NewEvent, Page, PageBuilder, ReadLog, ReadStream, Versions,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Receipt, Revision, StoredEvent, StreamId, Timestamp};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) events: Vec<Entry>,
}

/// An event at the position after its index.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) event: NewEvent,
    pub(crate) version: u64,
    pub(crate) commit: Arc<CommitHeader>,
}

impl History {
    pub(crate) fn head(&self) -> Position {
        Position::new(self.events.len() as u64)
    }

    pub(crate) fn of_stream(&self, stream: &StreamId) -> impl Iterator<Item = (Position, &Entry)> {
        let entries = (1..).map(Position::new).zip(&self.events);
        entries.filter(move |(_, entry)| entry.event.stream == *stream)
    }

    pub(crate) fn revision(&self, stream: &StreamId) -> Revision {
        let last = self.of_stream(stream).last();
        last.map_or(Revision::NONE, |(position, entry)| {
            Revision::new(entry.version, position, entry.commit.id)
        })
    }

    pub(crate) fn last_time(&self, stream: &StreamId) -> Option<Timestamp> {
        let (_, last) = self.of_stream(stream).last()?;
        Some(last.commit.recorded_at)
    }

    pub(crate) fn state(&self, stream: &StreamId) -> Option<StreamState<()>> {
        Some(StreamState {
            recorded_at: self.last_time(stream)?,
            revision: self.revision(stream),
            row: (),
        })
    }

    pub(crate) fn find_commit(&self, first: &StreamId, id: Uuid) -> Option<&Arc<CommitHeader>> {
        let mut of_stream = self.of_stream(first);
        of_stream.find_map(|(position, entry)| {
            let is_first = entry.commit.first == position && entry.commit.id == id;
            is_first.then_some(&entry.commit)
        })
    }

    pub(crate) fn receipt_of(&self, commit: &CommitHeader) -> Receipt {
        let mut receipt = ReceiptBuilder::new(commit.clone());
        for entry in self
            .events
            .iter()
            .filter(|entry| entry.commit.first == commit.first)
        {
            receipt.add(&entry.event.stream, entry.version);
        }
        let name = |stream: &StreamId| Ok::<_, std::convert::Infallible>(stream.clone());
        let Ok(receipt) = receipt.finish(name);
        receipt
    }

    pub(crate) fn add(&mut self, new: &NewCommit, commit: CommitHeader) {
        let commit = Arc::new(commit.with_metadata(new.commit.metadata.clone()));
        for event in &new.commit.events {
            let version = self.revision(&event.stream).version() + 1;
            self.events.push(Entry {
                event: event.clone(),
                version,
                commit: Arc::clone(&commit),
            });
        }
    }

    /// Adds what a plan says, and nothing that it does not say.
    pub(crate) fn write(&mut self, plan: &Plan<'_, ()>) {
        for planned in &plan.streams {
            assert_eq!(planned.before, self.revision(planned.stream));
        }
        let metadata = plan.new.commit.metadata.clone();
        let commit = Arc::new(plan.header.clone().with_metadata(metadata));
        for (event, planned) in plan.events() {
            assert_eq!(plan.streams[planned.stream].stream, &event.stream);
            self.events.push(Entry {
                event: event.clone(),
                version: planned.version,
                commit: Arc::clone(&commit),
            });
            assert_eq!(planned.position, self.head());
        }
        for planned in &plan.streams {
            assert_eq!(planned.revision, self.revision(planned.stream));
        }
    }

    /// The first events of a stream that are behind a version.
    pub(crate) fn stream_page(&self, read: &ReadStream) -> Page {
        let Versions::After(version) = read.versions else {
            panic!("missed events are read forward")
        };
        self.page(read.max_events, |stored| {
            *stored.stream == read.stream && stored.version > version
        })
    }

    pub(crate) fn log_page(&self, read: &ReadLog) -> Page {
        let after = read.start.position().offset();
        self.page(read.max_events, |stored| {
            stored.position.offset() > after && read.query.matches(stored)
        })
    }

    /// The same, but a page without a match ends after two events, empty and not complete.
    pub(crate) fn log_page_in_parts(&self, read: &ReadLog) -> Page {
        let page = self.log_page(read);
        let end = Position::new(read.start.position().offset().get() + 2);
        if end.offset() >= self.head().offset()
            || page.events().any(|it| it.position.offset() <= end.offset())
        {
            return page;
        }
        PageBuilder::new().finish(Horizon::unchecked(end), false)
    }

    fn page(&self, limit: usize, is_wanted: impl Fn(&StoredEvent<'_>) -> bool) -> Page {
        let mut page = PageBuilder::new();
        for (position, entry) in (1..).map(Position::new).zip(&self.events) {
            let mut stored = StoredEvent::unplaced(&entry.event, entry.version, &entry.commit);
            stored.position = position;
            if is_wanted(&stored) {
                page.copy(&stored);
            }
        }
        assert!(page.len() <= limit, "the test makes short histories");
        page.finish(Horizon::unchecked(self.head()), true)
    }
}
