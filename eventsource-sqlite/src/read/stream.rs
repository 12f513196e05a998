//! Reading one stream.

use eventsource_core::engine::{PageFiller, VersionOrder};
use eventsource_core::store::{Horizon, Page, PageBuilder, ReadStream, Versions};
use eventsource_core::{Position, ReadError};
use rusqlite::{CachedStatement, Row, Rows, params};

use super::page::Filling;
use super::pool::FEW;
use crate::fault::{Answered, Fault};
use crate::file::connection::Connection;
use crate::tables::event_row::{self, EventRow, fault_at};
use crate::tables::streams::{self, StreamRow};

/// Reads a page of a stream.
pub(crate) fn read_stream(connection: &Connection, read: &ReadStream) -> Answered<Page, ReadError> {
    streams::below_head(connection, &read.stream, |head, stream| {
        page(connection, read, head, stream)
    })
}

/// The same if it is short.
pub(crate) fn read_stream_if_few(
    connection: &Connection,
    read: &ReadStream,
) -> Result<Option<Result<Page, ReadError>>, Fault> {
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
) -> Answered<Page, ReadError> {
    if let Err(error) = ReadError::check_freshness(read.freshness, head) {
        return Ok(Err(error));
    }
    let mut filler = PageFiller::of_stream(read);
    filler.reserve(at_most(read, stream));
    let Some(stream) = stream else {
        return Ok(Ok(filler.finish(Horizon::unchecked(head), true)));
    };
    filler.know_stream(stream.number, read.stream.clone());
    let mut page = Filling::new(connection, filler, read.with_metadata);
    let is_complete = fill(&mut page, connection, &stream, read)?;
    Ok(Ok(page
        .filler
        .finish(Horizon::unchecked(head), is_complete)))
}

/// How many events are read, unless a commit goes on.
fn at_most(read: &ReadStream, stream: Option<StreamRow>) -> u64 {
    let last = stream.map_or(0, |stream| stream.version);
    let matches = VersionOrder::new(read, last).remaining();
    matches.min(read.limit as u64)
}

/// Tells whether the page holds all that was asked for.
fn fill(
    page: &mut Filling<'_, PageBuilder>,
    connection: &Connection,
    stream: &StreamRow,
    read: &ReadStream,
) -> Result<bool, Fault> {
    let mut versions = VersionOrder::new(read, stream.version);
    let mut select = select(connection, read.versions)?;
    let mut rows = rows(&mut select, stream.number, read.versions)?;
    while let Some(row) = rows.next()? {
        let expected = versions.expected()?;
        let event = EventRow::of_stream(stream.number, expected, row);
        let event = event.map_or_else(|| Err(unexpected(connection, &versions, row)), Ok)?;
        versions.take(event.version, Position::new(event.position))?;
        if !page.add(&event)? {
            return Ok(false);
        }
    }
    versions.end()?;
    Ok(true)
}

/// Why a row is not the version of the stream that has to be next.
fn unexpected(connection: &Connection, versions: &VersionOrder<'_>, row: &Row<'_>) -> Fault {
    let position = row.get_ref_unwrap(event_row::POSITION_IN_STREAM).as_i64();
    match position {
        Ok(position) => fault_at(connection, position.cast_unsigned(), || {
            versions.damage().into()
        }),
        Err(error) => error.into(),
    }
}

fn select(connection: &Connection, versions: Versions) -> Result<CachedStatement<'_>, Fault> {
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
) -> Result<Rows<'s>, Fault> {
    let bound = i64::try_from(bound).unwrap_or(i64::MAX);
    Ok(select.query(params![stream, bound])?)
}
