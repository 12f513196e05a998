//! A row of the table of commits.

use eventsource_core::uuid::Uuid;
use eventsource_core::{CommitHeader, Metadata, Position, Timestamp};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row, params};

use crate::checksum;
use crate::fault::{Fault, RESTORE};

const INSERT: &str = "INSERT INTO commits
    (first_position, events, stream, id, recorded_at, metadata, digest, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

#[derive(Clone, Copy, Debug)]
pub(crate) struct CommitRow<'r> {
    pub(crate) first: u64,
    pub(crate) events: u32,
    /// The stream of its first event.
    pub(crate) stream: i64,
    pub(crate) id: &'r str,
    pub(crate) recorded_at: i64,
    /// JSON.
    pub(crate) metadata: Option<&'r str>,
    pub(crate) digest: &'r [u8],
}

impl<'r> CommitRow<'r> {
    /// What [`CommitRow::read`] reads.
    pub(crate) const SELECT: &'static str = "SELECT first_position, events, stream, id, \
        recorded_at, metadata, digest, checksum FROM commits";

    /// What the row holds, if it is what was written.
    pub(crate) fn read(row: &'r Row<'_>) -> Result<Self, Fault> {
        let first = row.get(0)?;
        let commit = Self::columns(first, row)
            .map_err(|error| damaged(first, &error))?
            .map_err(|error| damaged(first, &error))?;
        if row.get_ref(7)?.as_i64()? == i64::from(checksum::of_commit(&commit)) {
            Ok(commit)
        } else {
            Err(damaged(first, &"it does not match its checksum"))
        }
    }

    fn columns(first: u64, row: &'r Row<'_>) -> rusqlite::Result<Result<Self, FromSqlError>> {
        let (events, stream, recorded_at) = (row.get(1)?, row.get(2)?, row.get(4)?);
        let (id, metadata, digest) = (row.get_ref(3)?, row.get_ref(5)?, row.get_ref(6)?);
        let texts = || Ok((id.as_str()?, metadata.as_str_or_null()?, digest.as_bytes()?));
        Ok(texts().map(|(id, metadata, digest)| Self {
            first,
            events,
            stream,
            id,
            recorded_at,
            metadata,
            digest,
        }))
    }

    pub(crate) fn header(&self) -> Result<CommitHeader, Fault> {
        let (first, time) = (self.first, Timestamp::from_micros(self.recorded_at));
        let id = Uuid::try_parse(self.id).map_err(|error| damaged(first, &error))?;
        let digest = self.digest.try_into();
        let digest = digest.map_err(|error| damaged(first, &error))?;
        let header = CommitHeader::new(id, Position::new(first), self.events, time, digest);
        Ok(header.with_metadata(self.metadata()?))
    }

    fn metadata(&self) -> Result<Metadata, Fault> {
        let Some(text) = self.metadata else {
            return Ok(Metadata::default());
        };
        serde_json::from_str(text).map_err(|error| damaged(self.first, &error))
    }

    pub(crate) fn write(&self, connection: &Connection) -> Result<(), Fault> {
        connection.prepare_cached(INSERT)?.execute(params![
            self.first,
            self.events,
            self.stream,
            self.id,
            self.recorded_at,
            self.metadata,
            self.digest,
            checksum::of_commit(self),
        ])?;
        Ok(())
    }
}

fn damaged(first: u64, why: &dyn std::fmt::Display) -> Fault {
    Fault::corrupt(format!(
        "the commit at position {first} is damaged: {why}; {RESTORE}"
    ))
}
