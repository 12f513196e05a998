//! States that save folding.

use eventsource_core::store::{Fingerprint, Snapshot};
use eventsource_core::{Position, Revision, StreamId};
use rusqlite::{Row, params};

use super::stream_row::revision_check;
use super::text::readable;
use super::{commits, streams};
use crate::fault::SqliteFault;
use crate::file::checksum::{length, sum};
use crate::file::connection::Connection;

/// A row that its index has under another key is none: a state of another stream is never taken for
/// this one's. (SQLite takes the key from the index, unless the row is joined by its number.)
const FIND: &str =
    "SELECT row.rowid, row.version, row.position, row.\"check\", row.state, row.checksum
    FROM snapshots AS found CROSS JOIN snapshots AS row ON row.rowid = found.rowid
    WHERE found.stream = ?1 AND found.fingerprint = ?2
        AND +row.stream = ?1 AND +row.fingerprint = ?2";
const ALL: &str =
    "SELECT row.rowid, row.version, row.position, row.\"check\", row.state, row.checksum,
    row.stream, row.fingerprint FROM snapshots AS row NOT INDEXED";
const REMOVE: &str = "DELETE FROM snapshots WHERE rowid = ?1";
const SAVE: &str = "INSERT INTO snapshots
    (stream, fingerprint, version, position, \"check\", state, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET version = excluded.version, position = excluded.position,
        \"check\" = excluded.\"check\", state = excluded.state, checksum = excluded.checksum
    WHERE excluded.version > version";
const COMMIT_AT: &str =
    "SELECT \"commit\" FROM events WHERE position = ?1 AND stream = ?2 AND version = ?3";

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SnapshotRow<'r> {
    pub(crate) stream: i64,
    pub(crate) fingerprint: &'r [u8],
    pub(crate) version: u64,
    pub(crate) position: u64,
    /// The check of the revision that it was taken at.
    pub(crate) check: u32,
    pub(crate) state: &'r [u8],
}

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_snapshot(row: &SnapshotRow<'_>) -> u32 {
    let numbers = [
        row.stream.cast_unsigned(),
        row.version,
        row.position,
        u64::from(row.check),
        length(row.fingerprint),
    ];
    sum(numbers, [row.fingerprint, row.state])
}

impl<'r> SnapshotRow<'r> {
    /// Reads a row of [`FIND`], if it is as it was written.
    fn read(stream: i64, fingerprint: &'r [u8], row: &'r Row<'_>) -> Option<Self> {
        let column = |index| row.get_ref(index).ok();
        let unsigned = |index| Some(column(index)?.as_i64().ok()?.cast_unsigned());
        let read = Self {
            stream,
            fingerprint,
            version: unsigned(1)?,
            position: unsigned(2)?,
            check: u32::try_from(column(3)?.as_i64().ok()?).ok()?,
            state: column(4)?.as_bytes().ok()?,
        };
        let checksum = column(5)?.as_i64().ok()?;
        (checksum == i64::from(of_snapshot(&read))).then_some(read)
    }
}

/// The newest snapshot, if there is one. One that is not what was written is an error, after which
/// the events are folded.
pub(crate) fn find(
    connection: &Connection,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Result<Option<Snapshot>, SqliteFault> {
    let Some(known) = streams::find(connection, stream)? else {
        return Ok(None);
    };
    let mut find = connection.prepare_cached(FIND)?;
    let mut rows = find.query(params![known.number, fingerprint.as_bytes()])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let Some(found) = SnapshotRow::read(known.number, fingerprint.as_bytes(), row) else {
        return Err(SqliteFault::corrupt(format!(
            "the snapshot of stream {stream} is damaged: it does not match its checksum; the events \
            are folded, and the next snapshot takes its place"
        )));
    };
    let revision = Revision::with_check(found.version, Position::new(found.position), found.check);
    let state = found.state.to_vec();
    Ok(Some(Snapshot::new(
        stream.clone(),
        fingerprint,
        revision,
        state,
    )))
}

/// Compares every row with its checksum.
pub(crate) fn check_all(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(ALL)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let (stream, fingerprint) = (row.get(6)?, row.get_ref(7)?.as_bytes()?);
        if SnapshotRow::read(stream, fingerprint, row).is_none() {
            return Err(SqliteFault::corrupt(format!(
                "the snapshot of stream number {stream} is damaged: it does not match its checksum; \
                the events are folded, and the next snapshot takes its place"
            )));
        }
    }
    Ok(())
}

/// Keeps a snapshot in place of an older one, or of one that is damaged. One that no event of its
/// stream stands behind is of no use.
pub(crate) fn save(connection: &Connection, snapshot: &Snapshot) -> Result<(), SqliteFault> {
    let Some(known) = streams::find(connection, &snapshot.stream)? else {
        return Ok(());
    };
    let revision = snapshot.revision;
    if check_at(connection, known.number, revision)? != Some(revision.check()) {
        return Ok(()); // a state of another history, from before a backup was restored
    }
    remove_damaged(connection, known.number, snapshot.fingerprint)?;
    let row = SnapshotRow {
        stream: known.number,
        fingerprint: snapshot.fingerprint.as_bytes(),
        version: snapshot.revision.version(),
        position: snapshot.revision.position().offset().get(),
        check: revision.check(),
        state: &snapshot.state,
    };
    connection.prepare_cached(SAVE)?.execute(params![
        row.stream,
        row.fingerprint,
        row.version,
        row.position,
        row.check,
        readable(row.state),
        of_snapshot(&row),
    ])?;
    Ok(())
}

/// The check of a revision of a stream, if the stream stood there.
fn check_at(
    connection: &Connection,
    stream: i64,
    revision: Revision,
) -> Result<Option<u32>, SqliteFault> {
    let mut find = connection.prepare_cached(COMMIT_AT)?;
    let (version, position) = (revision.version(), revision.position().offset().get());
    let mut rows = find.query(params![position, stream, version])?;
    let first: Option<u64> = rows.next()?.map(|row| row.get(0)).transpose()?;
    let commit = first
        .map(|first| commits::at(connection, first, false))
        .transpose()?;
    Ok(commit.map(|commit| revision_check(commit.id)))
}

/// A damaged row could claim a version that no later snapshot reaches, and would stay.
fn remove_damaged(
    connection: &Connection,
    stream: i64,
    fingerprint: Fingerprint,
) -> Result<(), SqliteFault> {
    let mut find = connection.prepare_cached(FIND)?;
    let mut rows = find.query(params![stream, fingerprint.as_bytes()])?;
    let Some(row) = rows.next()? else {
        return Ok(());
    };
    if SnapshotRow::read(stream, fingerprint.as_bytes(), row).is_some() {
        return Ok(());
    }
    let number: i64 = row.get(0)?;
    drop(rows);
    connection.prepare_cached(REMOVE)?.execute([number])?;
    Ok(())
}
