//! States that save folding.

use rusqlite::{Connection, Statement, params};
use uuid::Uuid;

use super::commit::Standing;
use super::{checksum, load, rows};
use crate::Result;

/// A state, and where its stream stood.
pub(crate) struct Snapshot {
    pub(crate) at: Standing,
    pub(crate) fingerprint: [u8; 32],
    /// JSON.
    pub(crate) state: String,
}

/// The statements by which snapshots are kept.
pub(crate) struct Keep<'c> {
    commit_at: Statement<'c>,
    save: Statement<'c>,
}

impl<'c> Keep<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self> {
        let commit_at = format!(
            "SELECT {} FROM commits WHERE first_position = (SELECT \"commit\" FROM events
            WHERE position = ?1 AND stream = ?2 AND version = ?3)",
            rows::COMMIT
        );
        Ok(Self {
            commit_at: connection.prepare(&commit_at)?,
            save: connection.prepare(
                "INSERT INTO snapshots
                (stream, fingerprint, version, position, \"check\", state, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT DO UPDATE SET version = excluded.version,
                    position = excluded.position, \"check\" = excluded.\"check\",
                    state = excluded.state, checksum = excluded.checksum
                WHERE excluded.version > version",
            )?,
        })
    }

    /// Keeps a snapshot that an event of its stream stands behind.
    pub(crate) fn write(&mut self, snapshot: &Snapshot) -> Result<()> {
        let Standing {
            stream,
            version,
            position,
        } = snapshot.at;
        let mut found = self.commit_at.query(params![position, stream, version])?;
        let row = found.next()?.ok_or("a snapshot of what never was")?;
        let (words, _) = rows::commit(row)?.id.as_chunks::<4>();
        let words = words.iter().map(|word| u32::from_be_bytes(*word));
        let check = words.fold(0, |check, word| check ^ word);
        let (fingerprint, state) = (&snapshot.fingerprint[..], snapshot.state.as_bytes());
        let numbers = [stream, version, position, i64::from(check)];
        self.save.execute(params![
            stream,
            fingerprint,
            version,
            position,
            check,
            snapshot.state,
            checksum::of_snapshot(numbers, fingerprint, state),
        ])?;
        Ok(())
    }
}

/// Reads the snapshot of a stream, and where that is.
pub(crate) fn newest<T>(
    connection: &Connection,
    root_id: Uuid,
    fingerprint: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T>,
) -> Result<(T, Standing)> {
    let known = load::find(connection, root_id)?.ok_or("a stream that is not there")?;
    let mut select = connection.prepare_cached(
        "SELECT version, position, \"check\", state, checksum FROM snapshots
        WHERE stream = ?1 AND fingerprint = ?2",
    )?;
    let mut found = select.query(params![known.stream, fingerprint])?;
    let row = found.next()?.ok_or("a stream without a snapshot")?;
    let (version, position) = (row.get(0)?, row.get(1)?);
    let state = row.get_ref(3)?.as_bytes()?;
    let numbers = [known.stream, version, position, row.get(2)?];
    if checksum::of_snapshot(numbers, fingerprint, state) != row.get::<_, u32>(4)? {
        return Err("a snapshot does not match its checksum".into());
    }
    let at = Standing {
        stream: known.stream,
        version,
        position,
    };
    Ok((decode(state)?, at))
}
