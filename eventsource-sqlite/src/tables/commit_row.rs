//! A row of the table of commits.

use eventsource_core::store::{CommitHeader, Digest, DigestEncoding, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Timestamp};
use rusqlite::types::FromSqlError;
use rusqlite::{Row, Statement, params};

use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::{optional, sum};

/// How rows are written.
pub(crate) const INSERT: &str = "INSERT INTO commits
    (first_position, events, stream, id, recorded_at, metadata, encoding, digest, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

#[derive(Clone, Copy, Debug)]
pub(crate) struct CommitRow<'r> {
    pub(crate) first: u64,
    pub(crate) events: u32,
    /// The stream of its first event.
    pub(crate) stream: i64,
    pub(crate) id: Uuid,
    pub(crate) recorded_at: i64,
    /// JSON.
    pub(crate) metadata: Option<&'r str>,
    /// The number of the encoding in which the commit was hashed.
    pub(crate) encoding: u8,
    pub(crate) digest: &'r [u8],
}

impl<'r> CommitRow<'r> {
    /// The columns that [`CommitRow::read`] reads.
    pub(crate) const SELECT: &'static str = "SELECT first_position, events, stream, id, \
        recorded_at, metadata, encoding, digest, checksum FROM commits";

    /// Reads the row, if it is as it was written.
    pub(crate) fn read(row: &'r Row<'_>) -> Result<Self, SqliteFault> {
        let first = row.get(0)?;
        let (commit, checksum) =
            Self::columns(first, row).map_err(|error| damaged(first, &error))?;
        if checksum == i64::from(of_commit(&commit)) {
            Ok(commit)
        } else {
            Err(damaged(first, &"it does not match its checksum"))
        }
    }

    /// The columns, and the checksum of all of them.
    fn columns(first: u64, row: &'r Row<'_>) -> Result<(Self, i64), FromSqlError> {
        let column = |index| row.get_ref_unwrap(index);
        let events = u32::try_from(column(1).as_i64()?);
        let encoding = u8::try_from(column(6).as_i64()?);
        let id = Uuid::from_slice(column(3).as_blob()?);
        let commit = Self {
            first,
            events: events.map_err(|error| FromSqlError::Other(error.into()))?,
            stream: column(2).as_i64()?,
            id: id.map_err(|error| FromSqlError::Other(error.into()))?,
            recorded_at: column(4).as_i64()?,
            metadata: column(5).as_str_or_null()?,
            encoding: encoding.map_err(|error| FromSqlError::Other(error.into()))?,
            digest: column(7).as_bytes()?,
        };
        Ok((commit, column(8).as_i64()?))
    }

    /// The position of its last event.
    pub(crate) fn last(&self) -> u64 {
        self.first + u64::from(self.events).saturating_sub(1)
    }

    pub(crate) fn header(&self) -> Result<CommitHeader, SqliteFault> {
        let header = self.header_without_metadata()?;
        Ok(match self.metadata {
            Some(json) => header.with_metadata_json(json),
            None => header,
        })
    }

    /// The header for reads that do not ask for metadata.
    pub(crate) fn header_without_metadata(&self) -> Result<CommitHeader, SqliteFault> {
        let (first, time) = (self.first, Timestamp::from_micros(self.recorded_at));
        let encoding = DigestEncoding::from_number(self.encoding);
        let encoding = encoding.ok_or_else(|| unknown_encoding(first, self.encoding))?;
        let bytes = self.digest.try_into();
        let digest = Digest::from_bytes(encoding, bytes.map_err(|error| damaged(first, &error))?);
        let first = Position::new(first);
        Ok(CommitHeader::new(self.id, first, self.events, time, digest))
    }

    /// Writes the row with [`INSERT`].
    pub(crate) fn write(&self, insert: &mut Statement<'_>) -> Result<(), SqliteFault> {
        insert.execute(params![
            self.first,
            self.events,
            self.stream,
            &self.id.as_bytes()[..],
            self.recorded_at,
            self.metadata,
            self.encoding,
            self.digest,
            of_commit(self),
        ])?;
        Ok(())
    }
}

fn damaged(first: u64, why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the commit at position {first} is damaged: {why}; {RESTORE}"
    ))
}

fn unknown_encoding(first: u64, encoding: u8) -> SqliteFault {
    let message = format!(
        "the commit at position {first} has a digest in encoding {encoding}, which this program does \
        not know; use a newer one"
    );
    SqliteFault::new(StoreErrorKind::Incompatible, message)
}

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_commit(commit: &CommitRow<'_>) -> u32 {
    let texts = [
        commit.id.as_bytes().as_slice(),
        commit.metadata.unwrap_or_default().as_bytes(),
        commit.digest,
    ];
    let numbers = [
        commit.first,
        u64::from(commit.events),
        commit.stream.cast_unsigned(),
        commit.recorded_at.cast_unsigned(),
        optional(commit.metadata),
        u64::from(commit.encoding),
    ];
    sum(numbers, texts)
}
