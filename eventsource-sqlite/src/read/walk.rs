//! Going through all events.

use eventsource_core::{Filter, Position, Query};

use super::page_check;
use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::tables::event_row::{self, EventRow, missing};
use crate::tables::types;

/// Whether no event between two positions matches a query that not all filters of which have tags.
/// A decision may rest on that, so every row is compared with its checksum: a search in SQL passes
/// over a damaged row without a word.
pub(crate) fn has_none(
    connection: &Connection,
    query: &Query,
    (after, head): (Position, Position),
) -> Result<bool, SqliteFault> {
    let sql = format!(
        "{} WHERE position > ?1 AND position <= ?2 ORDER BY position",
        event_row::SELECT
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([after.offset().get(), head.offset().get()])?;
    for position in after.offset().get() + 1..=head.offset().get() {
        let event = EventRow::read(rows.next()?.ok_or_else(|| missing(position))?)?;
        if event.position != position {
            return Err(missing(position));
        }
        if page_check::has_match(connection, query, &event)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the events have to be gone through to find what matches.
pub(crate) fn is_needed(query: &Query) -> bool {
    query.filters.is_empty() || query.filters.iter().any(|filter| filter.tags.is_empty())
}

/// Refuses a table of types in which one is damaged, if the query asks for names.
pub(crate) fn check_names(connection: &Connection, query: &Query) -> Result<(), SqliteFault> {
    let has_names = |filter: &Filter| !filter.names.is_empty();
    if query.filters.iter().any(has_names) {
        types::check_names(connection)?;
    }
    Ok(())
}
