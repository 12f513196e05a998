//! States that save folding.

use eventsource_core::store::{Fingerprint, Snapshot};
use eventsource_core::{Position, Revision, StreamId};
use rusqlite::{OptionalExtension, params};

use super::text::readable;
use super::{commits, streams};
use crate::fault::Fault;
use crate::file::connection::Connection;

/// A row that its index has under another key is none: a state of another stream is never taken for
/// this one's. (SQLite takes the key from the index, unless the row is joined by its number.)
const FIND: &str = "SELECT row.version, row.position, row.state
    FROM snapshots AS found CROSS JOIN snapshots AS row ON row.rowid = found.rowid
    WHERE found.stream = ?1 AND found.fingerprint = ?2
        AND +row.stream = ?1 AND +row.fingerprint = ?2";
const SAVE: &str = "INSERT INTO snapshots (stream, fingerprint, version, position, state)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO UPDATE SET
        version = excluded.version, position = excluded.position, state = excluded.state
    WHERE excluded.version > version";

pub(crate) fn find(
    connection: &Connection,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Result<Option<Snapshot>, Fault> {
    let Some(known) = streams::find(connection, stream)? else {
        return Ok(None);
    };
    let mut find = connection.prepare_cached(FIND)?;
    let found = find.query_row(params![known.number, fingerprint.as_bytes()], |row| {
        let (version, position) = (row.get(0)?, Position::new(row.get(1)?));
        let state = row.get_ref(2)?.as_bytes()?.to_vec();
        Ok((version, position, state))
    });
    let Some((version, position, state)) = found.optional()? else {
        return Ok(None);
    };
    // The row has no column for the check. The events of the file are those that the snapshot was
    // taken of, since both are in one file; one that is ahead of them fits no event.
    let check = commits::check_at(connection, position)?.unwrap_or_default();
    let revision = Revision::with_check(version, position, check);
    Ok(Some(Snapshot::new(
        stream.clone(),
        fingerprint,
        revision,
        state,
    )))
}

/// Keeps a snapshot in place of an older one. One of a stream without events is of no use.
pub(crate) fn save(connection: &Connection, snapshot: &Snapshot) -> Result<(), Fault> {
    let Some(known) = streams::find(connection, &snapshot.stream)? else {
        return Ok(());
    };
    let revision = snapshot.revision;
    connection.prepare_cached(SAVE)?.execute(params![
        known.number,
        snapshot.fingerprint.as_bytes(),
        revision.version(),
        revision.position().offset().get(),
        readable(&snapshot.state),
    ])?;
    Ok(())
}
