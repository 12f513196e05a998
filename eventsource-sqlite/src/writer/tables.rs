//! The look-ups of the decider in the tables, and the rows that are written of its plans.

use eventsource_core::engine::{Facts, Plan, PlannedStream, ReadFailure, StreamState};
use eventsource_core::store::{CommitHeader, Page, PageBuilder, ReadLog, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{ReadError, Receipt, StreamId, Timestamp};

use super::prepared_commit::PreparedCommit;
use super::statements::Statements;
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::read::query::read;
use crate::read::stream::read_stream;
use crate::read::walk;
use crate::tables::event_row::EventRow;
use crate::tables::head::head;
use crate::tables::streams::{self, StreamRow};
use crate::tables::{commits, receipt, tags, types};

/// The tables of events in the writer's transaction.
pub(crate) struct Tables<'l, 'c> {
    connection: &'c Connection,
    statements: &'l mut Statements<'c>,
    /// The number of the last stream.
    last_stream: i64,
}

impl<'l, 'c> Tables<'l, 'c> {
    pub(crate) fn new(
        connection: &'c Connection,
        statements: &'l mut Statements<'c>,
        last_stream: i64,
    ) -> Self {
        Self {
            connection,
            statements,
            last_stream,
        }
    }

    pub(crate) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Writes a commit, and notes the rows of its streams in the plan. Writes nothing, and answers
    /// `false`, if its first stream was to begin and is there already.
    pub(crate) fn write(
        &mut self,
        prepared: &PreparedCommit,
        plan: &mut Plan<'_, StreamRow>,
    ) -> Result<bool, SqliteFault> {
        let recorded_at = plan.header.recorded_at;
        for planned in &mut plan.streams {
            let Some(row) = self.write_stream(planned, recorded_at)? else {
                return Ok(false);
            };
            planned.row = Some(row);
        }
        commits::add_with(
            &mut self.statements.add_commit,
            &plan.header,
            number(plan, 0)?,
            prepared.metadata.as_deref(),
        )?;
        self.write_events(prepared, plan)?;
        Ok(true)
    }

    /// Writes where a stream stands after the commit; nothing if it was to begin, and has begun
    /// already.
    fn write_stream(
        &mut self,
        planned: &PlannedStream<'_, StreamRow>,
        recorded_at: Timestamp,
    ) -> Result<Option<StreamRow>, SqliteFault> {
        if let Some(row) = planned.row {
            let row = row.moved(planned.revision, recorded_at);
            streams::move_with(&mut self.statements.move_stream, &row)?;
            return Ok(Some(row));
        }
        let row = streams::begin(self.connection, self.last_stream + 1, planned.stream)?;
        let row = row.moved(planned.revision, recorded_at);
        if !streams::add_with(&mut self.statements.add_stream, &row)? {
            return Ok(None);
        }
        self.last_stream = row.number;
        Ok(Some(row))
    }

    fn write_events(
        &mut self,
        prepared: &PreparedCommit,
        plan: &Plan<'_, StreamRow>,
    ) -> Result<(), SqliteFault> {
        let commit = plan.header.first.offset().get();
        for ((event, planned), columns) in plan.events().zip(&prepared.columns) {
            let row = EventRow {
                position: planned.position.offset().get(),
                commit,
                stream: number(plan, planned.stream)?,
                version: planned.version,
                of: types::number_of(self.connection, event)?,
                payload: &event.payload,
                tags: columns.tags.as_deref(),
            };
            row.write(&mut self.statements.add_event, columns.is_text)?;
            tags::add(self.connection, &event.tags, row.position, row.of)?;
        }
        Ok(())
    }
}

/// The number of a stream of a plan, whose row is written.
fn number(plan: &Plan<'_, StreamRow>, stream: usize) -> Result<i64, SqliteFault> {
    let row = plan.streams[stream].row;
    row.map(|row| row.number)
        .ok_or_else(|| SqliteFault::corrupt("an event is written before its stream"))
}

impl Facts for Tables<'_, '_> {
    type Row = StreamRow;
    type Error = SqliteFault;

    fn stream(&mut self, stream: &StreamId) -> Result<Option<StreamState<StreamRow>>, SqliteFault> {
        let find = &mut self.statements.find_stream;
        let row = streams::find_with(self.connection, find, stream)?;
        Ok(row.map(|row| StreamState {
            revision: row.revision(),
            recorded_at: Timestamp::from_micros(row.recorded_at),
            row,
        }))
    }

    fn commit(
        &mut self,
        first: &StreamId,
        row: Option<&StreamRow>,
        id: Uuid,
    ) -> Result<Option<CommitHeader>, SqliteFault> {
        let Some(row) = row else {
            return commits::find_in(self.connection, first, id);
        };
        let found = commits::find_with(&mut self.statements.find_commit, row.number, id)?;
        if found.is_some() {
            // Its receipt names the stream.
            streams::remember(self.connection, row.number, first);
        }
        Ok(found)
    }

    fn receipt(&mut self, commit: &CommitHeader) -> Result<Receipt, SqliteFault> {
        let events = &mut self.statements.events_of_commit;
        receipt::of_with(self.connection, events, commit)
    }

    fn read_stream(&mut self, read: &ReadStream) -> Result<Page, ReadFailure<SqliteFault>> {
        Ok(read_stream(self.connection, read)?)
    }

    fn read(&mut self, read: &ReadLog) -> Result<Page, ReadFailure<SqliteFault>> {
        Ok(read_guard(self.connection, read)?)
    }
}

/// Reads the page of a guard. If an index shows that nothing matches, no row is read.
fn read_guard(connection: &Connection, read_log: &ReadLog) -> Result<Page, Failure<ReadError>> {
    let query = &read_log.query;
    let bounds = (read_log.start.position(), head(connection)?);
    walk::check_names(connection, query)?;
    if walk::is_needed(query) && walk::has_none(connection, query, bounds)? {
        return Ok(PageBuilder::new().finish(read_log.start, true));
    }
    read(connection, read_log)
}
