//! Rows as they are stored.

use super::error::ReadModelError;
use super::model::Table;
use crate::panic;
use crate::projection::{Key, Projection};

/// The row that this JSON is.
pub(crate) fn decode<P: Projection>(
    table: &Table,
    key: &Key,
    row: &str,
) -> Result<P, ReadModelError> {
    from_json(row).map_err(|message| ReadModelError::Row {
        table: table.name.to_string(),
        key: key.clone(),
        message,
    })
}

pub(crate) fn from_json<P: Projection>(row: &str) -> Result<P, String> {
    match panic::caught(|| P::from_json(row)) {
        Ok(Ok(row)) => Ok(row),
        // serde_json names the types and the place; it quotes no more than a scalar, which may be
        // somebody's data.
        Ok(Err(error)) => Err(format!("line {}, column {}", error.line(), error.column())),
        Err(panic) => Err(format!("its `Deserialize` panicked: {panic}")),
    }
}
