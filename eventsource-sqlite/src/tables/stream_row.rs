//! A row of the table of streams.

use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Revision, Timestamp};
use rusqlite::Row;
use rusqlite::types::FromSqlError;

use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::sum;

/// The row of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamRow {
    pub(crate) number: i64,
    pub(crate) category: i64,
    pub(crate) root_id: Uuid,
    pub(crate) version: u64,
    pub(crate) position: u64,
    /// When its last event was recorded, in microseconds since 1970.
    pub(crate) recorded_at: i64,
    /// The check of its revision, see [`revision_check`].
    pub(crate) check: u32,
}

impl StreamRow {
    /// The columns that [`StreamRow::read`] reads, of a table that the query calls `row`.
    pub(crate) const COLUMNS: &'static str = "row.stream, row.category, row.root_id, row.version, \
        row.position, row.recorded_at, row.\"check\", row.checksum";

    /// Reads the row, if it is as it was written.
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, SqliteFault> {
        let number = row.get(0)?;
        let (read, checksum) =
            Self::columns(number, row).map_err(|error| damaged(number, &error))?;
        if checksum == i64::from(of_stream(&read)) {
            Ok(read)
        } else {
            Err(damaged(number, &"it does not match its checksum"))
        }
    }

    /// The columns, and the checksum of all of them.
    fn columns(number: i64, row: &Row<'_>) -> Result<(Self, i64), FromSqlError> {
        let column = |index| row.get_ref_unwrap(index);
        let unsigned = |index| Ok::<_, FromSqlError>(column(index).as_i64()?.cast_unsigned());
        let other = |error| FromSqlError::Other(error);
        let read = Self {
            number,
            category: column(1).as_i64()?,
            root_id: Uuid::from_slice(column(2).as_blob()?).map_err(|error| other(error.into()))?,
            version: unsigned(3)?,
            position: unsigned(4)?,
            recorded_at: column(5).as_i64()?,
            check: u32::try_from(column(6).as_i64()?).map_err(|error| other(error.into()))?,
        };
        Ok((read, column(7).as_i64()?))
    }

    pub(crate) fn revision(&self) -> Revision {
        Revision::with_check(self.version, Position::new(self.position), self.check)
    }

    /// The row after a commit that ends at this revision of the stream.
    pub(crate) fn moved(self, revision: Revision, recorded_at: Timestamp) -> Self {
        Self {
            version: revision.version(),
            position: revision.position().offset().get(),
            recorded_at: recorded_at.as_micros(),
            check: revision.check(),
            ..self
        }
    }
}

/// The check of the revision that a stream has after this commit.
pub(crate) fn revision_check(commit: Uuid) -> u32 {
    Revision::new(0, Position::START, commit).check()
}

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_stream(row: &StreamRow) -> u32 {
    let numbers = [
        row.number.cast_unsigned(),
        row.category.cast_unsigned(),
        row.version,
        row.position,
        row.recorded_at.cast_unsigned(),
        u64::from(row.check),
    ];
    sum(numbers, [row.root_id.as_bytes()])
}

fn damaged(number: i64, why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the row of stream number {number} is damaged: {why}; {RESTORE}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_of_a_revision_is_made_of_the_whole_id_of_its_commit() {
        let id = Uuid::from_u128(0x0000_0001_0000_0010_0000_0100_0000_1000);
        assert_eq!(revision_check(id), 0x1111);
        assert_eq!(revision_check(Uuid::nil()), 0);
    }
}
