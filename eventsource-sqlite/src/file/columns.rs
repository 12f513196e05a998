//! Values of columns.

use eventsource_core::uuid::Uuid;
use rusqlite::Row;
use rusqlite::types::Type;

/// A UUID in a column of text.
pub(crate) fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error)
    };
    let text = row
        .get_ref(column)?
        .as_str()
        .map_err(|error| unreadable(error.into()))?;
    Uuid::try_parse(text).map_err(|error| unreadable(error.into()))
}
