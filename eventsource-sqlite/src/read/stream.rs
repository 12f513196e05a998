//! Reading one stream.

use eventsource_core::store::{Horizon, Page, ReadLog, ReadStream, Versions};
use eventsource_core::{Position, ReadError};
use rusqlite::{CachedStatement, Rows, params};

use super::page::Filling;
use super::pool::FEW;
use crate::fault::{Answered, Fault, RESTORE};
use crate::file::connection::Connection;
use crate::tables::event_row::{self, EventRow};
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
    let mut page = Filling::new(connection, (read.limit, ReadLog::BYTES), read.with_metadata);
    page.expect(at_most(read, stream));
    let Some(stream) = stream else {
        return Ok(Ok(page.finish(Horizon::unchecked(head), true)));
    };
    page.know(stream.number, read.stream.clone());
    let is_complete = fill(&mut page, connection, &stream, read)?;
    Ok(Ok(page.finish(Horizon::unchecked(head), is_complete)))
}

/// How many events are read, unless a commit goes on.
fn at_most(read: &ReadStream, stream: Option<StreamRow>) -> u64 {
    let last = stream.map_or(0, |stream| stream.version);
    let matches = match read.versions {
        Versions::After(version) => last.saturating_sub(version),
        Versions::Before(version) => version.saturating_sub(1).min(last),
    };
    matches.min(read.limit as u64)
}

/// Tells whether the page holds all that was asked for.
fn fill(
    page: &mut Filling<'_>,
    connection: &Connection,
    stream: &StreamRow,
    read: &ReadStream,
) -> Result<bool, Fault> {
    let mut versions = Expected::new(read.versions, stream.version);
    let mut select = select(connection, read.versions)?;
    let mut rows = rows(&mut select, stream.number, read.versions)?;
    while let Some(row) = rows.next()? {
        let expected = versions.next.ok_or_else(|| versions.hole(read))?;
        let event = EventRow::expected(stream.number, expected, row)?;
        if event.version != expected {
            return Err(versions.hole(read));
        }
        versions.check_position(event.position, read)?;
        if !page.add(&event)? {
            return Ok(false);
        }
        versions.advance();
    }
    if versions.next.is_some() {
        Err(versions.hole(read))
    } else {
        Ok(true)
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

/// The versions that a read has to meet, one after the other: a stream has no holes, and its events
/// are in the order of their positions.
struct Expected {
    next: Option<u64>,
    direction: Versions,
    last: u64,
    /// The position of the event before.
    position: Option<u64>,
}

impl Expected {
    fn new(direction: Versions, last: u64) -> Self {
        let next = match direction {
            Versions::After(version) => version.checked_add(1).filter(|next| *next <= last),
            Versions::Before(version) => Some(version.saturating_sub(1).min(last)),
        };
        Self {
            next: next.filter(|next| *next > 0),
            direction,
            last,
            position: None,
        }
    }

    fn check_position(&mut self, position: u64, read: &ReadStream) -> Result<(), Fault> {
        let in_order = self.position.replace(position).is_none_or(|before| {
            let (low, high) = match self.direction {
                Versions::After(_) => (before, position),
                Versions::Before(_) => (position, before),
            };
            low < high
        });
        if in_order {
            return Ok(());
        }
        let stream = &read.stream;
        Err(Fault::corrupt(format!(
            "the file is damaged: the events of stream {stream} are not in order at position {position}; {RESTORE}"
        )))
    }

    fn advance(&mut self) {
        self.next = self.next.and_then(|version| match self.direction {
            Versions::After(_) => Some(version + 1).filter(|next| *next <= self.last),
            Versions::Before(_) => Some(version - 1).filter(|next| *next > 0),
        });
    }

    fn hole(&self, read: &ReadStream) -> Fault {
        let (stream, last) = (&read.stream, self.last);
        Fault::corrupt(match self.next {
            Some(next) => {
                format!("version {next} of stream {stream} is missing, which has {last}; {RESTORE}")
            }
            None => format!("stream {stream} has more than its {last} versions; {RESTORE}"),
        })
    }
}
