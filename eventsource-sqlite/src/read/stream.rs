//! Reading one stream.

use eventsource_core::engine::{LastEvent, PageFiller, StreamVisit, VersionOrder};
use eventsource_core::store::{
    Horizon, Page, ReadStream, StreamVisited, StreamVisitor, Versions, VisitError,
};
use eventsource_core::values::Environment;
use eventsource_core::{Position, ReadError, Revision};
use rusqlite::{CachedStatement, Row, Rows, params};

use super::page::{Filling, Tables};
use super::pool::FEW;
use crate::failure::Failure;
use crate::fault::{RESTORE, SqliteFault};
use crate::file::connection::Connection;
use crate::tables::commits;
use crate::tables::event_row::{self, EventRow, fault_at};
use crate::tables::streams::{self, StreamRow};

/// Reads a page of a stream.
pub(crate) fn read_stream(
    connection: &Connection,
    read: &ReadStream,
) -> Result<Page, Failure<ReadError>> {
    streams::below_head(connection, &read.stream, |head, stream| {
        page(connection, read, head, stream)
    })
}

/// The same if it is short.
pub(crate) fn read_stream_if_few(
    connection: &Connection,
    read: &ReadStream,
) -> Result<Option<Page>, Failure<ReadError>> {
    streams::below_head(connection, &read.stream, |head, stream| {
        (at_most(read, stream) <= FEW)
            .then(|| page(connection, read, head, stream))
            .transpose()
    })
}

fn page(
    connection: &Connection,
    read: &ReadStream,
    head: Position,
    stream: Option<StreamRow>,
) -> Result<Page, Failure<ReadError>> {
    ReadError::check_freshness(read.min_freshness, head)?;
    let mut filler = PageFiller::of_stream(read);
    filler.reserve(at_most(read, stream));
    let Some(stream) = stream else {
        return Ok(filler.finish(Horizon::unchecked(head), true));
    };
    filler.know_stream(stream.number, read.stream.clone());
    let mut page = Filling::new(connection, filler, read.wants_metadata);
    let is_complete = each(connection, &stream, read, |event| page.add(event))?;
    Ok(page.filler.finish(Horizon::unchecked(head), is_complete))
}

/// How many events are read, unless a commit goes on.
fn at_most(read: &ReadStream, stream: Option<StreamRow>) -> u64 {
    let last = stream.map_or(0, |stream| stream.version);
    let matches = VersionOrder::new(read, last).remaining();
    matches.min(read.max_events as u64)
}

/// Shows the events of a stream to a visitor.
pub(crate) fn visit_stream(
    connection: &Connection,
    read: &ReadStream,
    visitor: Box<dyn StreamVisitor>,
    environment: &dyn Environment,
) -> Result<StreamVisited, Failure<VisitError>> {
    streams::below_head(connection, &read.stream, |head, stream| {
        visit(connection, read, (head, stream), (visitor, environment))
    })
}

/// The same if there are few. The visitor is left where there are more.
pub(crate) fn visit_stream_if_few(
    connection: &Connection,
    read: &ReadStream,
    visitor: &mut Option<Box<dyn StreamVisitor>>,
    environment: &dyn Environment,
) -> Result<Option<StreamVisited>, Failure<VisitError>> {
    streams::below_head(connection, &read.stream, |head, stream| {
        let visitor = visitor.take_if(|_| at_most(read, stream) <= FEW);
        let visit = |visitor| visit(connection, read, (head, stream), (visitor, environment));
        visitor.map(visit).transpose()
    })
}

fn visit(
    connection: &Connection,
    read: &ReadStream,
    (head, stream): (Position, Option<StreamRow>),
    (visitor, environment): (Box<dyn StreamVisitor>, &dyn Environment),
) -> Result<StreamVisited, Failure<VisitError>> {
    ReadError::check_freshness(read.min_freshness, head)?;
    let mut visit = StreamVisit::new(read, visitor, environment);
    let Some(stream) = stream else {
        return visit.finish(head, None, true).map_err(Failure::Refused);
    };
    let is_complete = show(&mut visit, connection, &stream, read)?;
    let last = visit.last();
    let revision = last.map(|last| revision(connection, &stream, last));
    let visited = visit.finish(head, revision.transpose()?, is_complete);
    visited.map_err(Failure::Refused)
}

/// Tells whether all that was asked for was shown.
fn show(
    visit: &mut StreamVisit<'_>,
    connection: &Connection,
    stream: &StreamRow,
    read: &ReadStream,
) -> Result<bool, SqliteFault> {
    let mut tables = Tables::new(connection, false);
    each(connection, stream, read, |event| {
        let shown = event.without_tags();
        visit.show(&shown, &mut tables)
    })
}

/// The revision of a stream at an event; at the last one it is in the row of the stream.
fn revision(
    connection: &Connection,
    stream: &StreamRow,
    last: LastEvent,
) -> Result<Revision, SqliteFault> {
    if last.version == stream.version {
        if last.position.offset().get() != stream.position {
            return Err(SqliteFault::corrupt(format!(
                "stream number {} does not end at the position of its last event; {RESTORE}",
                stream.number
            )));
        }
        return Ok(stream.revision());
    }
    let commit = commits::at(connection, last.commit.offset().get(), false)?;
    Ok(Revision::new(last.version, last.position, commit.id))
}

/// Hands out the events that a read has to meet, until one is not taken. Tells whether all were.
fn each(
    connection: &Connection,
    stream: &StreamRow,
    read: &ReadStream,
    mut take: impl FnMut(&EventRow<'_>) -> Result<bool, SqliteFault>,
) -> Result<bool, SqliteFault> {
    let mut versions = VersionOrder::new(read, stream.version);
    let mut select = select(connection, read.versions)?;
    let mut rows = rows(&mut select, stream.number, read.versions)?;
    while let Some(row) = rows.next()? {
        let expected = versions.expected()?;
        let event = EventRow::of_stream(stream.number, expected, row);
        let event = event.map_or_else(|| Err(unexpected(connection, &versions, row)), Ok)?;
        versions.take(event.version, Position::new(event.position))?;
        if !take(&event)? {
            return Ok(false);
        }
    }
    versions.end()?;
    Ok(true)
}

/// Why a row is not the version of the stream that has to be next.
fn unexpected(connection: &Connection, versions: &VersionOrder<'_>, row: &Row<'_>) -> SqliteFault {
    let position = row.get_ref_unwrap(event_row::POSITION_IN_STREAM).as_i64();
    match position {
        Ok(position) => fault_at(connection, position.cast_unsigned(), || {
            versions.damage().into()
        }),
        Err(error) => error.into(),
    }
}

fn select(connection: &Connection, versions: Versions) -> Result<CachedStatement<'_>, SqliteFault> {
    let select = match versions {
        Versions::After(_) => event_row::SELECT_AFTER,
        Versions::Before(_) => event_row::SELECT_BEFORE,
    };
    Ok(connection.prepare_cached(select)?)
}

fn rows<'s>(
    select: &'s mut CachedStatement<'_>,
    stream: i64,
    (Versions::After(bound) | Versions::Before(bound)): Versions,
) -> Result<Rows<'s>, SqliteFault> {
    let bound = i64::try_from(bound).unwrap_or(i64::MAX);
    Ok(select.query(params![stream, bound])?)
}
