//! Reading across streams.

use eventsource_core::engine::{EventSink, PageFiller};
use eventsource_core::store::{Horizon, Page, ReadLog, VisitError, Visited, Visitor};
use eventsource_core::values::Environment;
use eventsource_core::{Position, Query, ReadError};
use rusqlite::{CachedStatement, Rows};

use super::page::Filling;
use super::page_check;
use super::pool::FEW;
use super::selection::Selection;
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::tables::commits;
use crate::tables::event_row::{self, EventRow, fault_at, missing};

/// Reads a page of what matches a query, in the transaction of the connection.
pub(crate) fn read(connection: &Connection, read: &ReadLog) -> Result<Page, Failure<ReadError>> {
    below(connection, read, commits::end(connection)?)
}

/// The same if that is a few events, and not something to be searched for.
pub(crate) fn read_if_few(
    connection: &Connection,
    read: &ReadLog,
) -> Result<Option<Page>, Failure<ReadError>> {
    let head = commits::end(connection)?;
    (read.query == Query::all() && at_most(read, head) <= FEW)
        .then(|| below(connection, read, head))
        .transpose()
}

/// How many events are read, unless a commit goes on.
fn at_most(read: &ReadLog, head: Horizon) -> u64 {
    let (head, after) = (head.position().offset(), read.start.position().offset());
    let events = head.get().saturating_sub(after.get());
    events.min(read.max_events as u64)
}

fn below(
    connection: &Connection,
    read: &ReadLog,
    head: Horizon,
) -> Result<Page, Failure<ReadError>> {
    check(connection, read, head)?;
    let mut page = PageFiller::of_log(read);
    if read.query == Query::all() {
        page.reserve(at_most(read, head));
    }
    let (page, is_complete) = fill(connection, read, head, page)?;
    Ok(page.finish(head, is_complete))
}

/// Shows a visitor what matches a query, in the transaction of the connection.
pub(crate) fn visit(
    connection: &Connection,
    read: &ReadLog,
    visitor: Box<dyn Visitor>,
    environment: &dyn Environment,
) -> Result<Visited, Failure<VisitError>> {
    let head = commits::end(connection)?;
    check(connection, read, head).map_err(|failure| failure.map(VisitError::from))?;
    let visit = PageFiller::visiting(read, visitor, environment);
    let (visit, is_complete) = fill(connection, read, head, visit)?;
    visit.finish(head, is_complete).map_err(Failure::Refused)
}

/// Adds what the read matches. Tells whether that is all of it.
fn fill<S: EventSink>(
    connection: &Connection,
    read: &ReadLog,
    head: Horizon,
    filler: PageFiller<S>,
) -> Result<(PageFiller<S>, bool), SqliteFault> {
    let (query, after, last) = (&read.query, read.start.position(), head.position());
    let mut page = Filling::new(connection, filler, true);
    if *query == Query::all() {
        let is_complete = everything(&mut page, connection, after, last)?;
        return Ok((page.filler, is_complete));
    }
    let selection = Selection::of(query);
    let is_complete = matches(&mut page, (connection, query), &selection, (after, last))?;
    if is_complete {
        commits::check_end(connection, last)?;
    }
    if selection.walks_events {
        let through = if is_complete {
            head
        } else {
            page.filler.through()
        };
        page_check::no_gaps(connection, after, through.position())?;
    }
    Ok((page.filler, is_complete))
}

/// Whether the log has the history that the reader has seen, and what else the read has to see.
fn check(connection: &Connection, read: &ReadLog, head: Horizon) -> Result<(), Failure<ReadError>> {
    ReadError::check_freshness(read.min_freshness, head.position())?;
    let find = |position| commits::containing(connection, position);
    Ok(ReadError::check_horizon(read.start, head, find)??)
}

/// Adds every event, and finds out if one is missing. Tells whether it came to the head.
fn everything<S: EventSink>(
    page: &mut Filling<'_, S>,
    connection: &Connection,
    after: Position,
    head: Position,
) -> Result<bool, SqliteFault> {
    let mut select = connection.prepare_cached(event_row::SELECT_LOG)?;
    let mut rows = select.query([after.offset().get(), head.offset().get()])?;
    let mut commits = commits::in_order(connection)?;
    let mut commits = commits.query([after.offset().get() + 1, head.offset().get()])?;
    for position in after.offset().get() + 1..=head.offset().get() {
        let row = rows.next()?.ok_or_else(|| missing(position))?;
        let fault = || fault_at(connection, position, || missing(position));
        let event = EventRow::of_log(position, row).ok_or_else(fault)?;
        if !page.add_beside(&event, &mut commits)? {
            return Ok(false);
        }
    }
    commits::check_end(connection, head)?;
    Ok(true)
}

/// Adds what matches. Tells whether that is all of it.
fn matches<S: EventSink>(
    page: &mut Filling<'_, S>,
    (connection, query): (&Connection, &Query),
    selection: &Selection<'_>,
    bounds: (Position, Position),
) -> Result<bool, SqliteFault> {
    let mut select = connection.prepare_cached(&selection.sql)?;
    let mut rows = rows(&mut select, selection, bounds)?;
    while let Some(row) = rows.next()? {
        let is_added = if selection.positions_only {
            add_at(page, (connection, query), row.get(0)?)?
        } else {
            page.add_match(&EventRow::read(row)?, query)?
        };
        if !is_added {
            return Ok(false);
        }
    }
    Ok(true)
}

fn rows<'s>(
    select: &'s mut CachedStatement<'_>,
    selection: &Selection<'_>,
    (after, head): (Position, Position),
) -> Result<Rows<'s>, SqliteFault> {
    select.raw_bind_parameter(1, after.offset().get())?;
    select.raw_bind_parameter(2, head.offset().get())?;
    for (index, value) in selection.values.iter().enumerate() {
        select.raw_bind_parameter(index + 3, value)?;
    }
    Ok(select.raw_query())
}

/// Adds the event at a position that an index has led to, unless it has other tags with the same
/// hashes. Tells whether the page had room for it.
fn add_at<S: EventSink>(
    page: &mut Filling<'_, S>,
    (connection, query): (&Connection, &Query),
    position: u64,
) -> Result<bool, SqliteFault> {
    let sql = format!("{} WHERE position = ?1", event_row::SELECT);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([position])?;
    let row = rows.next()?.ok_or_else(|| missing(position))?;
    let event = EventRow::read(row)?;
    if page_check::is_match(connection, query, &event)? {
        page.add(&event)
    } else {
        Ok(true)
    }
}
