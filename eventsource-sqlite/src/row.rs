//! A row of the table of events.

use eventsource_core::{Codec, StoreErrorKind, Tag};
use rusqlite::types::{FromSqlError, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, params};

use crate::checksum;
use crate::fault::{Fault, RESTORE};
use crate::text::readable;

/// What [`EventRow::read`] reads.
pub(crate) const SELECT: &str = "SELECT events.position, events.\"commit\", events.stream, \
    events.version, events.name, events.schema, events.codec, events.payload, events.tags, \
    events.checksum FROM events";

const INSERT: &str = "INSERT INTO events (position, \"commit\", stream, version, name, schema, \
    codec, payload, tags, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRow<'r> {
    pub(crate) position: u64,
    /// The position of the first event of its commit.
    pub(crate) commit: u64,
    pub(crate) stream: i64,
    pub(crate) version: u64,
    pub(crate) name: &'r str,
    pub(crate) schema: u32,
    pub(crate) codec: &'r str,
    pub(crate) payload: &'r [u8],
    /// A JSON array.
    pub(crate) tags: Option<&'r str>,
}

impl<'r> EventRow<'r> {
    /// What the row holds, if it is what was written.
    pub(crate) fn read(row: &'r Row<'_>) -> Result<Self, Fault> {
        let position = row.get(0)?;
        let event = Self::columns(position, row).map_err(|error| damaged(position, &error))?;
        if row.get_ref(9)?.as_i64()? == i64::from(checksum::of_event(&event)) {
            Ok(event)
        } else {
            Err(damaged(position, &"it does not match its checksum"))
        }
    }

    fn columns(position: u64, row: &'r Row<'_>) -> Result<Self, FromSqlError> {
        let column = |index| {
            row.get_ref(index)
                .map_err(|error| FromSqlError::Other(error.into()))
        };
        let number = |index| u64::try_from(column(index)?.as_i64()?).map_err(out_of_range);
        Ok(Self {
            position,
            commit: number(1)?,
            stream: column(2)?.as_i64()?,
            version: number(3)?,
            name: column(4)?.as_str()?,
            schema: u32::try_from(number(5)?).map_err(out_of_range)?,
            codec: column(6)?.as_str()?,
            payload: column(7)?.as_bytes()?,
            tags: column(8)?.as_str_or_null()?,
        })
    }

    pub(crate) fn codec(&self) -> Result<Codec, Fault> {
        Codec::from_name(self.codec).ok_or_else(|| {
            let (position, codec) = (self.position, self.codec);
            let message = format!(
                "the event at position {position} is written in `{codec}`, which this program does not know; use a newer one"
            );
            Fault::new(StoreErrorKind::Incompatible, message)
        })
    }

    pub(crate) fn tags(&self) -> Result<Vec<Tag>, Fault> {
        let Some(tags) = self.tags else {
            return Ok(Vec::new());
        };
        let tags: Vec<String> =
            serde_json::from_str(tags).map_err(|error| damaged(self.position, &error))?;
        Ok(tags.iter().map(|tag| Tag::from_stored(tag)).collect())
    }

    /// How rows are written.
    pub(crate) fn insert(connection: &Connection) -> Result<CachedStatement<'_>, Fault> {
        Ok(connection.prepare_cached(INSERT)?)
    }

    /// Writes the row with [`EventRow::insert`].
    pub(crate) fn write(&self, insert: &mut CachedStatement<'_>) -> Result<(), Fault> {
        insert.execute(params![
            self.position,
            self.commit,
            self.stream,
            self.version,
            self.name,
            self.schema,
            self.codec,
            self.readable_payload(),
            self.tags,
            checksum::of_event(self),
        ])?;
        Ok(())
    }

    /// JSON is stored as text, for people.
    fn readable_payload(&self) -> ToSqlOutput<'r> {
        if self.codec == Codec::Json.name() {
            readable(self.payload)
        } else {
            ToSqlOutput::Borrowed(ValueRef::Blob(self.payload))
        }
    }
}

/// Tags as [`EventRow::tags`] reads them.
pub(crate) fn tags_as_json(tags: &[Tag]) -> Option<String> {
    let texts: Vec<&str> = tags.iter().map(Tag::as_str).collect();
    (!texts.is_empty()).then(|| serde_json::json!(texts).to_string())
}

fn damaged(position: u64, why: &dyn std::fmt::Display) -> Fault {
    Fault::corrupt(format!(
        "the event at position {position} is damaged: {why}; {RESTORE}"
    ))
}

fn out_of_range(error: std::num::TryFromIntError) -> FromSqlError {
    FromSqlError::Other(error.into())
}
