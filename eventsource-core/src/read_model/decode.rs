//! Rows as they are stored.

use super::error::ReadModelError;
use super::model::Table;
use crate::projection::{Key, Projection, catch_decode};

/// The row that this JSON is.
pub(crate) fn decode<P: Projection>(
    table: &Table,
    key: &Key,
    row: &str,
) -> Result<P, ReadModelError> {
    catch_decode(|| P::from_json(row)).map_err(|message| unreadable(table, key, message))
}

/// The error that the row of this key cannot be read.
pub(crate) fn unreadable(table: &Table, key: &Key, message: String) -> ReadModelError {
    ReadModelError::Row {
        table: table.name.to_string(),
        key: key.clone(),
        message,
    }
}
