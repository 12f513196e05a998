//! Whether a page of matches is what was asked for.

use std::borrow::Cow;

use eventsource_core::store::Page;
use eventsource_core::{Filter, Position, Query};

use crate::fault::{Fault, RESTORE};
use crate::file::connection::Connection;
use crate::tables::event_row::{EventRow, missing};
use crate::tables::{streams, tags, types};

/// The table itself, and not an index of it: which order its pages are in is looked at.
const WALK: &str = "SELECT position FROM events NOT INDEXED
    WHERE position > ?1 AND position <= ?2 ORDER BY position";

/// Refuses events that do not match or do not come in order, as damaged indices and pages bring them.
pub(crate) fn matches(page: &Page, query: &Query, after: Position) -> Result<(), Fault> {
    let mut last = after;
    for event in page.events() {
        let position = event.position;
        if position.offset() <= last.offset() {
            return Err(out_of_order(position, last));
        }
        if !query.matches(&event) {
            return Err(no_match(position.offset().get()));
        }
        last = position;
    }
    Ok(())
}

/// Whether an event that an index of tags has led to matches the query, and is not only of another
/// category or has tags with the same hashes. One that has not even those is damage.
pub(crate) fn is_match(
    connection: &Connection,
    query: &Query,
    event: &EventRow<'_>,
) -> Result<bool, Fault> {
    if has_match(connection, query, event)? {
        return Ok(true);
    }
    let of = types::at(connection, event.of)?;
    let hashes: Vec<i64> = event.tags()?.iter().map(tags::hash).collect();
    let mut filters = query.filters.iter();
    let is_like = filters.any(|filter| {
        let mut wanted = filter.tags.iter();
        is_one_of(&filter.names, &of.name) && wanted.all(|tag| hashes.contains(&tags::hash(tag)))
    });
    is_like
        .then_some(false)
        .ok_or_else(|| no_match(event.position))
}

/// Whether the query matches what a row holds.
pub(crate) fn has_match(
    connection: &Connection,
    query: &Query,
    event: &EventRow<'_>,
) -> Result<bool, Fault> {
    let stream = streams::name(connection, event.stream)?;
    if query.tenant.iter().any(|tenant| tenant != stream.tenant()) {
        return Ok(false);
    }
    let of = types::at(connection, event.of)?;
    let own = event.tags()?;
    let matches = |filter: &Filter| {
        is_one_of(&filter.categories, stream.category())
            && is_one_of(&filter.names, &of.name)
            && filter.tags.iter().all(|tag| own.contains(tag))
    };
    Ok(query.filters.is_empty() || query.filters.iter().any(matches))
}

fn is_one_of(values: &[Cow<'_, str>], value: &str) -> bool {
    values.is_empty() || values.iter().any(|it| it == value)
}

fn no_match(position: u64) -> Fault {
    Fault::corrupt(format!(
        "the file is damaged: an index leads to the event at position {position}, which does not match; {RESTORE}"
    ))
}

/// Refuses a table in which an event is missing, or not where it belongs, between two positions:
/// SQLite steps over it without a word where it searches for a few of them.
pub(crate) fn no_gaps(
    connection: &Connection,
    after: Position,
    through: Position,
) -> Result<(), Fault> {
    let mut walk = connection.prepare_cached(WALK)?;
    let mut positions = walk.query([after.offset().get(), through.offset().get()])?;
    for expected in after.offset().get() + 1..=through.offset().get() {
        let found: Option<u64> = positions.next()?.map(|row| row.get(0)).transpose()?;
        if found != Some(expected) {
            return Err(missing(expected));
        }
    }
    Ok(())
}

fn out_of_order(position: Position, last: Position) -> Fault {
    Fault::corrupt(format!(
        "the file is damaged: the event at position {position} comes behind position {last}; {RESTORE}"
    ))
}
