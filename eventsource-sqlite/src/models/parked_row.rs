//! A row of the table of parked keys.

use eventsource_core::Key;
use eventsource_core::projection::KeyPart;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::fault::{Fault, RESTORE};
use crate::file::checksum::{length, sum};

const SAVE: &str = "INSERT OR REPLACE INTO parked_keys
    (model, key, parts, position, reason, attempts, next_attempt, unparked, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// A key of a model whose events wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParkedRow {
    /// The number of its model.
    pub(super) model: i64,
    pub(super) key: Key,
    /// The position of the first event that waits.
    pub(super) position: u64,
    pub(super) reason: String,
    pub(super) attempts: u32,
    pub(super) next_attempt: i64,
    pub(super) unparked: u32,
}

impl ParkedRow {
    /// The columns that [`ParkedRow::read`] reads.
    pub(super) const SELECT: &'static str = "SELECT model, key, position, reason, attempts,
        next_attempt, unparked, checksum, parts FROM parked_keys";

    /// A key whose event at this position waits, and was not tried.
    pub(super) fn new(model: i64, key: Key, position: u64) -> Self {
        Self {
            model,
            key,
            position,
            reason: String::new(),
            attempts: 0,
            next_attempt: 0,
            unparked: 0,
        }
    }

    /// What the row holds, if it is what was written.
    pub(super) fn read(row: &Row<'_>) -> Result<Self, Fault> {
        let (read, checksum) = Self::columns(row).map_err(|error| damaged(&error))?;
        if checksum == i64::from(read.checksum()) {
            Ok(read)
        } else {
            Err(damaged(&"it does not match its checksum"))
        }
    }

    /// The columns, and the checksum of all of them.
    fn columns(row: &Row<'_>) -> Result<(Self, i64), FromSqlError> {
        let number = |index| row.get_ref_unwrap(index).as_i64();
        let small = |index| {
            u32::try_from(number(index)?).map_err(|error| FromSqlError::Other(error.into()))
        };
        let key = Key::from_bytes(row.get_ref_unwrap(1).as_blob()?);
        let read = Self {
            model: number(0)?,
            key: key.map_err(|error| FromSqlError::Other(error.into()))?,
            position: number(2)?.cast_unsigned(),
            reason: row.get_ref_unwrap(3).as_str()?.to_owned(),
            attempts: small(4)?,
            next_attempt: number(5)?,
            unparked: small(6)?,
        };
        Ok((read, number(7)?))
    }

    /// Whether people read the key in the column `parts` of the row.
    pub(super) fn is_readable(&self, row: &Row<'_>) -> Result<bool, Fault> {
        Ok(row.get_ref(8)?.as_str().ok() == Some(&*readable(&self.key)))
    }

    /// Writes the row in place of the one that there was.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), Fault> {
        connection.prepare_cached(SAVE)?.execute(params![
            self.model,
            self.key.as_bytes(),
            readable(&self.key),
            self.position,
            self.reason,
            self.attempts,
            self.next_attempt,
            self.unparked,
            self.checksum(),
        ])?;
        Ok(())
    }

    /// The CRC-32 of all columns but `parts`, which follows from the key.
    fn checksum(&self) -> u32 {
        let (key, reason) = (self.key.as_bytes(), self.reason.as_bytes());
        let numbers = [
            self.model.cast_unsigned(),
            self.position,
            u64::from(self.attempts),
            self.next_attempt.cast_unsigned(),
            u64::from(self.unparked),
            length(key),
        ];
        sum(numbers, [key, reason])
    }
}

/// The parts as a JSON array, for people; those of a shortened key are the first ones.
fn readable(key: &Key) -> String {
    let part = |part: KeyPart| match part {
        KeyPart::Integer(integer) => Value::from(integer),
        KeyPart::Text(text) => Value::from(text),
    };
    Value::Array(key.parts().into_iter().map(part).collect()).to_string()
}

fn damaged(why: &dyn std::fmt::Display) -> Fault {
    Fault::corrupt(format!(
        "the row of a parked key is damaged: {why}; {RESTORE}"
    ))
}
