//! Whether a page of matches is what was asked for.

use eventsource_core::engine::Damage;
use eventsource_core::store::TagBuffer;
use eventsource_core::{Position, Query};

use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::tables::event_row::{EventRow, missing};
use crate::tables::{streams, tags, types};

/// The table itself, and not an index of it: which order its pages are in is looked at.
const WALK: &str = "SELECT position FROM events NOT INDEXED
    WHERE position > ?1 AND position <= ?2 ORDER BY position";

/// Whether an event that an index of tags has led to matches the query, and is not only of another
/// category or has tags with the same hashes. One that has not even those is damage.
pub(crate) fn is_match(
    connection: &Connection,
    query: &Query,
    event: &EventRow<'_>,
) -> Result<bool, SqliteFault> {
    if has_match(connection, query, event)? {
        return Ok(true);
    }
    let of = types::at(connection, event.of)?;
    let mut own = TagBuffer::default();
    let own = event.tags(&mut own)?.to_vec();
    let hashes: Vec<i64> = own.iter().map(tags::hash).collect();
    let mut filters = query.filters.iter();
    let is_like = filters.any(|filter| {
        let mut wanted = filter.tags.iter();
        let has_name =
            filter.names.is_empty() || filter.names.iter().any(|name| **name == *of.name);
        has_name && wanted.all(|tag| hashes.contains(&tags::hash(tag)))
    });
    let position = Position::new(event.position);
    is_like
        .then_some(false)
        .ok_or_else(|| Damage::NoMatch { position }.into())
}

/// Whether the query matches what a row holds.
pub(crate) fn has_match(
    connection: &Connection,
    query: &Query,
    event: &EventRow<'_>,
) -> Result<bool, SqliteFault> {
    let stream = streams::name(connection, event.stream)?;
    let of = types::at(connection, event.of)?;
    let mut own = TagBuffer::default();
    Ok(query.matches_event(&stream, &of.name, event.tags(&mut own)?))
}

/// Refuses a table in which an event is missing, or not where it belongs, between two positions:
/// SQLite steps over it without a word where it searches for a few of them.
pub(crate) fn no_gaps(
    connection: &Connection,
    after: Position,
    through: Position,
) -> Result<(), SqliteFault> {
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
