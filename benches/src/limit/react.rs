//! Reactions to events, counted in a file.

use std::path::Path;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{Event, read_all};
use crate::Result;

/// Reads all events, and for each one notes that it is begun, gives it out under an id that is always
/// the same, and notes that it is done. No note waits for the disk.
pub(crate) fn react(
    events: &Connection,
    path: &Path,
    mut each: impl FnMut(Event, Uuid),
) -> Result<()> {
    let notes = Connection::open(path)?;
    notes.pragma_update(None, "journal_mode", "WAL")?;
    notes.pragma_update(None, "synchronous", "NORMAL")?;
    notes.execute_batch(
        "CREATE TABLE checkpoint (position INTEGER NOT NULL, commit_id BLOB, starts INTEGER NOT NULL)
            STRICT;
         INSERT INTO checkpoint VALUES (0, NULL, 0);",
    )?;
    let mut begin = notes.prepare("UPDATE checkpoint SET starts = starts + 1")?;
    let mut end =
        notes.prepare("UPDATE checkpoint SET position = ?1, commit_id = ?2, starts = 0")?;
    read_all(events, |seen| {
        begin.execute([])?;
        let commit = seen.commit.id;
        let name = [
            &b"counting"[..],
            seen.stream.category.as_bytes(),
            seen.stream.root_id.as_bytes(),
            &seen.version.to_le_bytes(),
            commit.as_bytes(),
        ];
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &name.concat());
        each(seen.event, id);
        end.execute(params![seen.position, &commit.as_bytes()[..]])?;
        Ok(())
    })
}
