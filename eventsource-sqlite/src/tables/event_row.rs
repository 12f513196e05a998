//! A row of the table of events.

use eventsource_core::Tag;
use eventsource_core::store::StoreErrorKind;
use rusqlite::types::FromSqlError;
use rusqlite::{Row, Statement, params};

use super::text;
use crate::fault::{Fault, RESTORE};
use crate::file::checksum::{optional, sum};

/// What [`EventRow::read`] reads.
pub(crate) const SELECT: &str = "SELECT events.position, events.\"commit\", events.version, \
    events.type, events.payload, events.tags, events.checksum, events.state, events.stream \
    FROM events";
/// What [`EventRow::expected`] reads: a column less.
pub(crate) const SELECT_AFTER: &str = "SELECT position, \"commit\", version, type, payload, tags, \
    checksum, state FROM events WHERE stream = ?1 AND version > ?2 ORDER BY version";
pub(crate) const SELECT_BEFORE: &str = "SELECT position, \"commit\", version, type, payload, tags, \
    checksum, state FROM events WHERE stream = ?1 AND version < ?2 ORDER BY version DESC";

/// How rows are written.
pub(crate) const INSERT: &str = "INSERT INTO events (position, \"commit\", stream, version, \
    type, payload, tags, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// The states of a payload. An archived one is not in the row; no program archives payloads yet.
const PRESENT: i64 = 0;
const ARCHIVED: i64 = 1;

#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRow<'r> {
    pub(crate) position: u64,
    /// The position of the first event of its commit.
    pub(crate) commit: u64,
    pub(crate) stream: i64,
    pub(crate) version: u64,
    /// The number of its type.
    pub(crate) of: i64,
    pub(crate) payload: &'r [u8],
    /// A JSON array.
    pub(crate) tags: Option<&'r str>,
}

impl<'r> EventRow<'r> {
    /// What the row holds, if it is what was written.
    pub(crate) fn read(row: &'r Row<'_>) -> Result<Self, Fault> {
        Self::read_of(row.get(8)?, row)
    }

    /// The same of a row of this stream.
    fn read_of(stream: i64, row: &'r Row<'_>) -> Result<Self, Fault> {
        Self::read_version(stream, row.get(2)?, row)
    }

    /// The same of a row that has to be this version of this stream. That it is, its checksum tells
    /// without the column, so that it is read only if it is another one.
    pub(crate) fn expected(stream: i64, version: u64, row: &'r Row<'_>) -> Result<Self, Fault> {
        Self::read_version(stream, version, row).or_else(|fault| {
            if fault.archived().is_some() {
                return Err(fault);
            }
            Self::read_of(stream, row)
        })
    }

    fn read_version(stream: i64, version: u64, row: &'r Row<'_>) -> Result<Self, Fault> {
        let position = row.get_ref_unwrap(0).as_i64()?.cast_unsigned();
        let damaged = |why: &dyn std::fmt::Display| damaged(position, why);
        let (event, checksum) =
            Self::columns((position, stream, version), row).map_err(|error| damaged(&error))?;
        let state = row.get_ref_unwrap(7).as_i64()?;
        if checksum != i64::from(of_event(&event, state)) {
            return Err(damaged(&"it does not match its checksum"));
        }
        match state {
            PRESENT => Ok(event),
            ARCHIVED => Err(Fault::archived_at(position)),
            _ => Err(unknown_state(position, state)),
        }
    }

    /// The columns, and the checksum of all of them.
    fn columns(
        (position, stream, version): (u64, i64, u64),
        row: &'r Row<'_>,
    ) -> Result<(Self, i64), FromSqlError> {
        let number = |index| row.get_ref_unwrap(index).as_i64();
        let event = Self {
            position,
            commit: u64::try_from(number(1)?).map_err(out_of_range)?,
            stream,
            version,
            of: number(3)?,
            payload: row.get_ref_unwrap(4).as_bytes()?,
            tags: row.get_ref_unwrap(5).as_str_or_null()?,
        };
        Ok((event, number(6)?))
    }

    pub(crate) fn tags(&self) -> Result<Vec<Tag>, Fault> {
        parse_tags(self.position, self.tags)
    }

    /// Writes the row with [`INSERT`].
    pub(crate) fn write(&self, insert: &mut Statement<'_>, is_text: bool) -> Result<(), Fault> {
        insert.execute(params![
            self.position,
            self.commit,
            self.stream,
            self.version,
            self.of,
            text::or_bytes(self.payload, is_text),
            self.tags,
            of_event(self, PRESENT),
        ])?;
        Ok(())
    }
}

/// The tags of the event at this position, as they are in its row.
pub(crate) fn parse_tags(position: u64, tags: Option<&str>) -> Result<Vec<Tag>, Fault> {
    let Some(tags) = tags else {
        return Ok(Vec::new());
    };
    let tags: Vec<String> =
        serde_json::from_str(tags).map_err(|error| damaged(position, &error))?;
    Ok(tags.iter().map(|tag| Tag::from_stored(tag)).collect())
}

/// Tags as [`EventRow::tags`] reads them.
pub(crate) fn tags_as_json(tags: &[Tag]) -> Option<String> {
    let texts: Vec<&str> = tags.iter().map(Tag::as_str).collect();
    (!texts.is_empty()).then(|| serde_json::json!(texts).to_string())
}

/// The fault that no row has this position.
pub(crate) fn missing(position: u64) -> Fault {
    Fault::corrupt(format!(
        "the file is damaged: the event at position {position} is missing; {RESTORE}"
    ))
}

fn damaged(position: u64, why: &dyn std::fmt::Display) -> Fault {
    Fault::corrupt(format!(
        "the event at position {position} is damaged: {why}; {RESTORE}"
    ))
}

fn out_of_range(error: std::num::TryFromIntError) -> FromSqlError {
    FromSqlError::Other(error.into())
}

fn unknown_state(position: u64, state: i64) -> Fault {
    let message = format!(
        "the payload of the event at position {position} is in state {state}, which this program does \
        not know; use a newer one"
    );
    Fault::new(StoreErrorKind::Incompatible, message)
}

/// The CRC-32 of all other columns of the row. The state of a payload that is present adds nothing,
/// since rows of version 1 of the schema have none; a version never has the bits of another state.
pub(crate) fn of_event(event: &EventRow<'_>, state: i64) -> u32 {
    let texts = [event.tags.unwrap_or_default().as_bytes(), event.payload];
    let numbers = [
        event.position,
        event.commit,
        event.stream.cast_unsigned(),
        event.version ^ state.cast_unsigned().rotate_right(8),
        event.of.cast_unsigned(),
        optional(event.tags),
    ];
    sum(numbers, texts)
}
