//! Rows from events, into a file.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::read_all;
use crate::Result;
use crate::rows::Content;

const UPSERT: &str = "INSERT INTO content_v1 (root_id, row) VALUES (?1, ?2)
    ON CONFLICT DO UPDATE SET row = excluded.row";
const CHECKPOINT: &str = "UPDATE checkpoint SET position = ?1";

/// Reads all events, and writes for each page of them the rows that changed and how far it is, in
/// one transaction. The rows stay in memory as well.
pub(crate) fn rebuild(events: &Connection, path: &Path, page: usize) -> Result<Vec<Content>> {
    let rows_file = Connection::open(path)?;
    rows_file.pragma_update(None, "journal_mode", "WAL")?;
    rows_file.pragma_update(None, "synchronous", "NORMAL")?;
    rows_file.execute_batch(
        "CREATE TABLE content_v1 (root_id ANY PRIMARY KEY, row TEXT NOT NULL) STRICT;
         CREATE TABLE checkpoint (position INTEGER NOT NULL) STRICT;
         INSERT INTO checkpoint VALUES (0);",
    )?;
    let (mut rows, mut touched) = (HashMap::<Uuid, Content>::new(), HashSet::new());
    let (mut taken, mut position) = (0, 0);
    read_all(events, |seen| {
        let root_id = seen.stream.root_id;
        seen.event
            .apply_to(&mut rows.entry(root_id).or_default().basket);
        touched.insert(root_id);
        position = seen.position;
        taken += 1;
        if taken % page == 0 {
            write(&rows_file, &rows, touched.drain(), position)?;
        }
        Ok(())
    })?;
    write(&rows_file, &rows, touched.drain(), position)?;
    Ok(rows.into_values().collect())
}

fn write(
    file: &Connection,
    rows: &HashMap<Uuid, Content>,
    touched: impl Iterator<Item = Uuid>,
    position: i64,
) -> Result<()> {
    let transaction = file.unchecked_transaction()?;
    let mut upsert = transaction.prepare_cached(UPSERT)?;
    for root_id in touched {
        let row = serde_json::to_string(&rows[&root_id])?;
        upsert.execute(params![root_id.to_string(), row])?;
    }
    transaction
        .prepare_cached(CHECKPOINT)?
        .execute([position])?;
    drop(upsert);
    Ok(transaction.commit()?)
}
