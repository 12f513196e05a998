//! A row of the table of parked keys.

use eventsource_core::engine::models::ParkedKey;
use eventsource_core::projection::KeyPart;
use eventsource_core::{Key, Position, Timestamp};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::{length, sum};

const SAVE: &str = "INSERT OR REPLACE INTO parked_keys
    (model, key, parts, position, reason, attempts, next_attempt, unparked, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// The columns that [`read`] reads.
pub(super) const SELECT: &str = "SELECT model, key, position, reason, attempts,
    next_attempt, unparked, checksum, parts FROM parked_keys";

/// The number of the model and the key that the row holds, if it is what was written.
pub(super) fn read(row: &Row<'_>, log: u32) -> Result<(u64, ParkedKey), SqliteFault> {
    let (model, key, stored) = columns(row, log).map_err(|error| damaged(&error))?;
    if stored == i64::from(checksum(model, &key)) {
        Ok((model, key))
    } else {
        Err(damaged(&"it does not match its checksum"))
    }
}

/// The columns, and the checksum of all of them.
fn columns(row: &Row<'_>, log: u32) -> Result<(u64, ParkedKey, i64), FromSqlError> {
    let number = |index| row.get_ref_unwrap(index).as_i64();
    let small =
        |index| u32::try_from(number(index)?).map_err(|error| FromSqlError::Other(error.into()));
    let key = Key::from_bytes(row.get_ref_unwrap(1).as_blob()?);
    let read = ParkedKey {
        key: key.map_err(|error| FromSqlError::Other(error.into()))?,
        position: Position::new(number(2)?.cast_unsigned()).in_log(log),
        reason: row.get_ref_unwrap(3).as_str()?.to_owned(),
        attempts: small(4)?,
        next_attempt: Timestamp::from_micros(number(5)?),
        unparked: small(6)?,
    };
    Ok((number(0)?.cast_unsigned(), read, number(7)?))
}

/// Whether people read the key in the column `parts` of the row.
pub(super) fn is_readable(key: &Key, row: &Row<'_>) -> Result<bool, SqliteFault> {
    Ok(row.get_ref(8)?.as_str().ok() == Some(&*readable(key)))
}

/// Writes the row in place of the one that there was.
pub(super) fn save(
    connection: &Connection,
    model: u64,
    row: &ParkedKey,
) -> Result<(), SqliteFault> {
    connection.prepare_cached(SAVE)?.execute(params![
        model,
        row.key.as_bytes(),
        readable(&row.key),
        row.position.offset().get(),
        row.reason,
        row.attempts,
        row.next_attempt.as_micros(),
        row.unparked,
        checksum(model, row),
    ])?;
    Ok(())
}

/// The CRC-32 of all columns but `parts`, which follows from the key.
fn checksum(model: u64, row: &ParkedKey) -> u32 {
    let (key, reason) = (row.key.as_bytes(), row.reason.as_bytes());
    let numbers = [
        model,
        row.position.offset().get(),
        u64::from(row.attempts),
        row.next_attempt.as_micros().cast_unsigned(),
        u64::from(row.unparked),
        length(key),
    ];
    sum(numbers, [key, reason])
}

/// The parts as a JSON array, for people; those of a shortened key are the first ones.
fn readable(key: &Key) -> String {
    let part = |part: KeyPart| match part {
        KeyPart::Integer(integer) => Value::from(integer),
        KeyPart::Text(text) => Value::from(text),
    };
    Value::Array(key.parts().into_iter().map(part).collect()).to_string()
}

fn damaged(why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the row of a parked key is damaged: {why}; {RESTORE}"
    ))
}
