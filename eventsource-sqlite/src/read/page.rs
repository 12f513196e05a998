//! Filling a page from rows.

use std::sync::Arc;

use eventsource_core::engine::{EventSink, FilledEvent, PageFiller, PageSource};
use eventsource_core::store::{CommitHeader, StoredType, TagBuffer, Tags};
use eventsource_core::{Position, Query, StreamId};
use rusqlite::{CachedStatement, Rows};

use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::tables::event_row::EventRow;
use crate::tables::{commits, streams, types};

/// A page under way, or a visit.
pub(crate) struct Filling<'c, S> {
    pub(crate) filler: PageFiller<S>,
    tables: Tables<'c>,
    /// The tags of the last event.
    tags: TagBuffer,
}

/// The tables in which a page looks up what its rows have the numbers of.
pub(super) struct Tables<'c> {
    connection: &'c Connection,
    with_metadata: bool,
    /// Prepared for the first commit that is looked up.
    commit_at: Option<CachedStatement<'c>>,
}

/// The same, with the commits in the order of the events.
struct InOrder<'t, 'c, 'r, 's> {
    tables: &'t mut Tables<'c>,
    commits: &'r mut Rows<'s>,
}

impl<'c, S: EventSink> Filling<'c, S> {
    pub(crate) fn new(
        connection: &'c Connection,
        filler: PageFiller<S>,
        with_metadata: bool,
    ) -> Self {
        Self {
            filler,
            tables: Tables::new(connection, with_metadata),
            tags: TagBuffer::default(),
        }
    }

    /// Adds an event, unless the page is full and another commit begins.
    pub(crate) fn add(&mut self, event: &EventRow<'_>) -> Result<bool, SqliteFault> {
        let filled = event.filled(&mut self.tags)?;
        self.filler.add(&filled, &mut self.tables)
    }

    /// The same, where the rows of the commits are read beside those of the events.
    pub(crate) fn add_beside(
        &mut self,
        event: &EventRow<'_>,
        commits: &mut Rows<'_>,
    ) -> Result<bool, SqliteFault> {
        let filled = event.filled(&mut self.tags)?;
        let tables = &mut self.tables;
        self.filler.add(&filled, &mut InOrder { tables, commits })
    }

    /// Adds an event that an index has led to, if it is one that matches.
    pub(crate) fn add_match(
        &mut self,
        event: &EventRow<'_>,
        query: &Query,
    ) -> Result<bool, SqliteFault> {
        let filled = event.filled(&mut self.tags)?;
        self.filler.add_match(&filled, query, &mut self.tables)
    }
}

impl<'c> Tables<'c> {
    pub(super) const fn new(connection: &'c Connection, with_metadata: bool) -> Self {
        Self {
            connection,
            with_metadata,
            commit_at: None,
        }
    }
}

impl PageSource for Tables<'_> {
    type Error = SqliteFault;

    fn stream(&mut self, number: i64) -> Result<StreamId, SqliteFault> {
        streams::name(self.connection, number)
    }

    fn event_type(&mut self, number: i64) -> Result<StoredType, SqliteFault> {
        types::at(self.connection, number)
    }

    fn commit(&mut self, first: Position) -> Result<Arc<CommitHeader>, SqliteFault> {
        let select = match &mut self.commit_at {
            Some(select) => select,
            none => none.insert(commits::select_at(self.connection)?),
        };
        commits::at_with(select, first.offset().get(), self.with_metadata)
    }
}

impl PageSource for InOrder<'_, '_, '_, '_> {
    type Error = SqliteFault;

    fn stream(&mut self, number: i64) -> Result<StreamId, SqliteFault> {
        self.tables.stream(number)
    }

    fn event_type(&mut self, number: i64) -> Result<StoredType, SqliteFault> {
        self.tables.event_type(number)
    }

    fn commit(&mut self, first: Position) -> Result<Arc<CommitHeader>, SqliteFault> {
        commits::next(self.commits, first.offset().get())
    }
}

impl EventRow<'_> {
    fn filled<'a>(&'a self, tags: &'a mut TagBuffer) -> Result<FilledEvent<'a>, SqliteFault> {
        let tags = self.tags(tags)?;
        Ok(FilledEvent {
            tags,
            ..self.without_tags()
        })
    }

    pub(super) fn without_tags(&self) -> FilledEvent<'_> {
        FilledEvent {
            commit: Position::new(self.commit),
            stream: self.stream,
            event_type: self.of,
            version: self.version,
            position: Position::new(self.position),
            payload: self.payload,
            tags: Tags::default(),
        }
    }
}
