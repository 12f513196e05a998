//! A store of each version of the schema is kept. Every later version has to open it and to fold it to
//! its recorded state.
//!
//! `EVENTSOURCE_GOLDEN=write cargo test -p eventsource-sqlite --test golden` writes the store of the
//! present version if there is none. `refused_files` shows that a file of a newer version, or of
//! another program, is refused and not changed.

mod counting;
mod description;
mod going_on;
mod history;
mod kept;
mod now;
mod readers;
mod then;

use std::fs;

use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use description::Description;
use kept::{Kept, new_store, schema};

const WRITE: &str = "EVENTSOURCE_GOLDEN";

#[tokio::test]
async fn a_store_of_every_version_is_kept() {
    if std::env::var(WRITE).is_ok_and(|value| value == "write") {
        Kept::write_present().await;
    }
    let kept: Vec<_> = Kept::all().await.iter().map(|kept| kept.version).collect();
    let versions: Vec<_> = (1..=Kept::present().await.version).collect();
    assert_eq!(
        kept, versions,
        "the schema has a version of which no store is kept: write one of the present version with \
        `{WRITE}=write`, read what is expected of it, and commit both files"
    );
}

#[tokio::test]
async fn kept_stores_fold_to_what_they_ever_did() {
    for kept in Kept::all().await {
        let before = fs::read(kept.store()).unwrap();
        let (_folder, path) = kept.copy();
        let description = Description::of(&path).await.to_string();
        assert_same(&description, &kept.expected());
        let store = SqliteStore::open(&path).await.unwrap();
        store.verify().await.unwrap();
        store.close().await;
        assert_eq!(
            fs::read(kept.store()).unwrap(),
            before,
            "it was worked with"
        );
    }
}

#[tokio::test]
async fn what_folds_to_something_else_is_noticed() {
    for change in [
        "UPDATE demand_v2 SET \"row\" = '{\"quantity\":0,\"events\":0}' WHERE sku = 'milk'",
        "UPDATE models SET position = position - 1 WHERE name = 'receipts'",
        "DELETE FROM parked_events WHERE position = (SELECT max(position) FROM parked_events)",
        "DELETE FROM snapshots",
        "UPDATE store SET id = '00000000-0000-0000-0000-000000000000'",
    ] {
        let kept = Kept::present().await;
        let (_folder, path) = kept.copy();
        let file = Connection::open(&path).unwrap();
        assert_ne!(file.execute(change, []).unwrap(), 0, "{change}");
        drop(file);
        // A row that does not match its checksum is not even read.
        let local = tokio::task::LocalSet::new();
        let description =
            local.spawn_local(async move { Description::of(&path).await.to_string() });
        local.await;
        assert_ne!(description.await.ok(), Some(kept.expected()), "{change}");
    }
}

/// The same decisions are stored as the same events in every file. The stored form may change only
/// with the version of the schema.
#[tokio::test]
async fn what_is_written_today_is_what_was_written_into_the_newest_kept_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    history::write(&path).await;
    let Description {
        history, states, ..
    } = Description::of(&path).await;
    let expected = Kept::present().await.expected();
    for part in [history, states] {
        let is_there = expected.contains(&part);
        assert!(is_there, "{part}\n\nis not in:\n\n{expected}");
    }
}

/// Otherwise stores of one version would differ, and a migration could not know its input.
#[tokio::test]
async fn the_tables_change_only_with_the_version_of_the_schema() {
    let (_folder, new) = new_store().await;
    let new = schema(&new);
    for kept in Kept::all().await {
        let (_folder, path) = kept.copy();
        SqliteStore::open(&path).await.unwrap().close().await;
        assert_eq!(
            schema(&path),
            new,
            "leave the SQL of the versions as it was, and change tables by a migration to the next"
        );
    }
    for change in [
        "ALTER TABLE streams ADD COLUMN closed INTEGER",
        "DROP INDEX inline_models",
        "CREATE TABLE extra (id INTEGER)",
        "DROP TRIGGER tags_are_not_deleted",
    ] {
        let (_folder, path) = Kept::present().await.copy();
        let file = Connection::open(&path).unwrap();
        file.execute_batch(change).unwrap();
        drop(file);
        assert_ne!(schema(&path), new, "{change}");
    }
}

/// Compares two descriptions and shows the first line that differs.
fn assert_same(actual: &str, expected: &str) {
    let mut lines = actual.lines().zip(expected.lines());
    if let Some((actual, expected)) = lines.find(|(actual, expected)| actual != expected) {
        assert_eq!(actual, expected);
    }
    assert_eq!(actual, expected);
}
