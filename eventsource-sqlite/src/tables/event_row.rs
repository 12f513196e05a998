//! A row of the table of events.

use std::fmt;

use eventsource_core::Tag;
use eventsource_core::store::{StoreErrorKind, TagBuffer, Tags};
use rusqlite::types::FromSqlError;
use rusqlite::{Row, Statement, params};

use super::text;
use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::{optional, sum};

/// The columns that [`EventRow::read`] reads.
pub(crate) const SELECT: &str = "SELECT events.position, events.\"commit\", events.version, \
    events.type, events.payload, events.tags, events.checksum, events.state, events.stream \
    FROM events";
/// The columns that [`EventRow::of_log`] reads.
pub(crate) const SELECT_LOG: &str = "SELECT type, payload, tags, checksum, state, \"commit\", \
    stream, version FROM events WHERE position > ?1 AND position <= ?2 ORDER BY position";
/// The columns that [`EventRow::of_stream`] reads.
pub(crate) const SELECT_AFTER: &str = "SELECT type, payload, tags, checksum, state, \"commit\", \
    position FROM events WHERE stream = ?1 AND version > ?2 ORDER BY version";
pub(crate) const SELECT_BEFORE: &str = "SELECT type, payload, tags, checksum, state, \"commit\", \
    position FROM events WHERE stream = ?1 AND version < ?2 ORDER BY version DESC";
/// The column of [`SELECT_AFTER`] and [`SELECT_BEFORE`] that has the position.
pub(crate) const POSITION_IN_STREAM: usize = 6;
const SELECT_AT: &str = "SELECT position, \"commit\", version, type, payload, tags, checksum, state, \
    stream FROM events WHERE position = ?1";

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
    /// Reads the row, if it is as it was written.
    pub(crate) fn read(row: &'r Row<'_>) -> Result<Self, SqliteFault> {
        let position = row.get_ref_unwrap(0).as_i64()?.cast_unsigned();
        let damaged = |why: &dyn fmt::Display| damaged(position, why);
        let (event, checksum) = Self::columns(position, row).map_err(|error| damaged(&error))?;
        let state = row.get_ref_unwrap(7).as_i64()?;
        if checksum != i64::from(of_event(&event, state)) {
            return Err(damaged(&"it does not match its checksum"));
        }
        match state {
            PRESENT => Ok(event),
            ARCHIVED => Err(SqliteFault::archived_at(position)),
            _ => Err(unknown_state(position, state)),
        }
    }

    /// The columns, and the checksum of all of them.
    fn columns(position: u64, row: &'r Row<'_>) -> Result<(Self, i64), FromSqlError> {
        let number = |index| row.get_ref_unwrap(index).as_i64();
        let event = Self {
            position,
            commit: unsigned(number(1)?)?,
            stream: number(8)?,
            version: unsigned(number(2)?)?,
            of: number(3)?,
            payload: row.get_ref_unwrap(4).as_bytes()?,
            tags: row.get_ref_unwrap(5).as_str_or_null()?,
        };
        Ok((event, number(6)?))
    }

    /// The event that has to have this position. That it has, the checksum tells without the column;
    /// `None` if it tells otherwise, or if the payload is not present.
    pub(crate) fn of_log(position: u64, row: &'r Row<'_>) -> Option<Self> {
        let stream = row.get_ref_unwrap(6).as_i64().ok()?;
        let version = row.get_ref_unwrap(7).as_i64().ok()?.cast_unsigned();
        Self::read_at(position, stream, version, row)
    }

    /// The same of the event that has to be this version of this stream.
    pub(crate) fn of_stream(stream: i64, version: u64, row: &'r Row<'_>) -> Option<Self> {
        let position = row.get_ref_unwrap(POSITION_IN_STREAM).as_i64().ok()?;
        Self::read_at(position.cast_unsigned(), stream, version, row)
    }

    fn read_at(position: u64, stream: i64, version: u64, row: &'r Row<'_>) -> Option<Self> {
        let number = |index| row.get_ref_unwrap(index).as_i64().ok();
        let event = Self {
            position,
            commit: number(5)?.cast_unsigned(),
            stream,
            version,
            of: number(0)?,
            payload: row.get_ref_unwrap(1).as_bytes().ok()?,
            tags: row.get_ref_unwrap(2).as_str_or_null().ok()?,
        };
        let is_sound = number(3)? == i64::from(of_event(&event, PRESENT)) && number(4)? == PRESENT;
        is_sound.then_some(event)
    }

    /// The tags, in a buffer that is emptied before.
    pub(crate) fn tags<'b>(&self, buffer: &'b mut TagBuffer) -> Result<Tags<'b>, SqliteFault> {
        parse_tags(self.position, self.tags, buffer)
    }

    /// Writes the row with [`INSERT`].
    pub(crate) fn write(
        &self,
        insert: &mut Statement<'_>,
        is_text: bool,
    ) -> Result<(), SqliteFault> {
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

/// The fault of the row at a position that was not the expected one; `otherwise` if the row is sound.
pub(crate) fn fault_at(
    connection: &rusqlite::Connection,
    position: u64,
    otherwise: impl FnOnce() -> SqliteFault,
) -> SqliteFault {
    let read = || {
        let mut select = connection.prepare_cached(SELECT_AT)?;
        let mut rows = select.query([position])?;
        let row = rows.next()?.ok_or_else(|| missing(position))?;
        EventRow::read(row).map(drop)
    };
    read().err().unwrap_or_else(otherwise)
}

/// The tags of the event at this position, as they are in its row, in a buffer that is emptied before.
pub(crate) fn parse_tags<'b>(
    position: u64,
    tags: Option<&str>,
    buffer: &'b mut TagBuffer,
) -> Result<Tags<'b>, SqliteFault> {
    buffer.clear();
    if let Some(json) = tags {
        let read = buffer.push_json(json);
        read.map_err(|error| damaged(position, &error))?;
    }
    Ok(buffer.tags())
}

/// Tags as [`EventRow::tags`] reads them.
pub(crate) fn tags_as_json(tags: &[Tag]) -> Option<String> {
    let texts: Vec<&str> = tags.iter().map(Tag::as_str).collect();
    (!texts.is_empty()).then(|| serde_json::json!(texts).to_string())
}

/// The fault that no row has this position.
pub(crate) fn missing(position: u64) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the file is damaged: the event at position {position} is missing; {RESTORE}"
    ))
}

fn damaged(position: u64, why: &dyn fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the event at position {position} is damaged: {why}; {RESTORE}"
    ))
}

fn unsigned(number: i64) -> Result<u64, FromSqlError> {
    u64::try_from(number).map_err(|error| FromSqlError::Other(error.into()))
}

fn unknown_state(position: u64, state: i64) -> SqliteFault {
    let message = format!(
        "the payload of the event at position {position} is in state {state}, which this program does \
        not know; use a newer one"
    );
    SqliteFault::new(StoreErrorKind::Incompatible, message)
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
