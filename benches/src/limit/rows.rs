//! Rows as they are read: each is compared with its checksum.

use rusqlite::Row;

use super::checksum::{CommitRow, EventRow, StreamRow};
use crate::Result;
use uuid::Uuid;

/// The columns of [`event`].
pub(crate) const EVENT: &str =
    "position, \"commit\", stream, version, type, payload, tags, checksum, state";
/// The columns of [`commit`].
pub(crate) const COMMIT: &str =
    "first_position, events, stream, id, recorded_at, metadata, encoding, digest, checksum";
/// The columns of [`stream`].
pub(crate) const STREAM: &str =
    "stream, category, root_id, version, position, recorded_at, \"check\", checksum";

/// An event.
pub(crate) fn event<'r>(row: &'r Row<'_>) -> Result<EventRow<'r>> {
    let event = EventRow {
        position: row.get(0)?,
        commit: row.get(1)?,
        stream: row.get(2)?,
        version: row.get(3)?,
        of: row.get(4)?,
        payload: row.get_ref(5)?.as_bytes()?,
        tags: row.get_ref(6)?.as_str_or_null()?,
    };
    compare(event.checksum(), row.get(7)?)?;
    if row.get::<_, i64>(8)? != 0 {
        return Err("a payload is not in its row".into());
    }
    Ok(event)
}

/// A commit.
pub(crate) fn commit<'r>(row: &'r Row<'_>) -> Result<CommitRow<'r>> {
    let commit = CommitRow {
        first: row.get(0)?,
        events: row.get(1)?,
        stream: row.get(2)?,
        id: row.get_ref(3)?.as_blob()?,
        recorded_at: row.get(4)?,
        metadata: row.get_ref(5)?.as_str_or_null()?,
        encoding: row.get(6)?,
        digest: row.get_ref(7)?.as_blob()?,
    };
    compare(commit.checksum(), row.get(8)?)?;
    Ok(commit)
}

/// A stream.
pub(crate) fn stream(row: &Row<'_>) -> Result<StreamRow> {
    let stream = StreamRow {
        stream: row.get(0)?,
        category: row.get(1)?,
        root_id: Uuid::from_slice(row.get_ref(2)?.as_blob()?)?,
        version: row.get(3)?,
        position: row.get(4)?,
        recorded_at: row.get(5)?,
        check: row.get(6)?,
    };
    compare(stream.checksum(), row.get(7)?)?;
    Ok(stream)
}

fn compare(expected: u32, found: u32) -> Result<()> {
    if expected == found {
        Ok(())
    } else {
        Err("a row does not match its checksum".into())
    }
}
