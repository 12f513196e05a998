//! Rows from events, into a file.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{checksum, read_all};
use crate::Result;
use crate::rows::Content;

const UPSERT: &str = "INSERT INTO content_v1 (row_key, root_id, row, row_checksum)
    VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET row = excluded.row, row_checksum = excluded.row_checksum";
const CHECKPOINT: &str = "UPDATE checkpoint SET position = ?1, commit_id = ?2";

/// Reads all events, and writes for each page of them the rows that changed and how far it is, in
/// one transaction. The rows stay in memory as well.
pub(crate) fn rebuild(events: &Connection, path: &Path, page: usize) -> Result<Vec<Content>> {
    let rows_file = Connection::open(path)?;
    rows_file.pragma_update(None, "journal_mode", "WAL")?;
    rows_file.pragma_update(None, "synchronous", "NORMAL")?;
    rows_file.execute_batch(
        "CREATE TABLE content_v1 (row_key BLOB NOT NULL PRIMARY KEY, root_id ANY NOT NULL,
            row TEXT NOT NULL, row_checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
         CREATE TABLE checkpoint (position INTEGER NOT NULL, commit_id BLOB) STRICT;
         INSERT INTO checkpoint VALUES (0, NULL);",
    )?;
    let (mut rows, mut touched) = (HashMap::<Uuid, Content>::new(), HashSet::new());
    let (mut taken, mut at) = (0, (0, Uuid::nil()));
    read_all(events, |seen| {
        let root_id = seen.stream.root_id;
        seen.event
            .apply_to(&mut rows.entry(root_id).or_default().basket);
        touched.insert(root_id);
        at = (seen.position, seen.commit.id);
        taken += 1;
        if taken % page == 0 {
            write(&rows_file, &rows, touched.drain(), at)?;
        }
        Ok(())
    })?;
    write(&rows_file, &rows, touched.drain(), at)?;
    Ok(rows.into_values().collect())
}

fn write(
    file: &Connection,
    rows: &HashMap<Uuid, Content>,
    touched: impl Iterator<Item = Uuid>,
    (position, commit): (i64, Uuid),
) -> Result<()> {
    let transaction = file.unchecked_transaction()?;
    let mut upsert = transaction.prepare_cached(UPSERT)?;
    for root_id in touched {
        let row = serde_json::to_string(&rows[&root_id])?;
        let root_id = root_id.to_string();
        let key = key(&root_id);
        let checksum = checksum::of_row(&key, &row);
        upsert.execute(params![key, root_id, row, checksum])?;
    }
    transaction
        .prepare_cached(CHECKPOINT)?
        .execute(params![position, &commit.as_bytes()[..]])?;
    drop(upsert);
    Ok(transaction.commit()?)
}

/// A text as bytes in the order of texts.
fn key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() + 3);
    key.push(2);
    key.extend_from_slice(text.as_bytes());
    key.extend_from_slice(&[0, 0]);
    key
}
