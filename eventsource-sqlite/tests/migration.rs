//! A file of version 1 of the schema becomes one of today's, whole or not at all.

mod support;

use std::path::{Path, PathBuf};

use eventsource_core::store::{
    Commit, DigestEncoding, NewEvent, ReadLog, StoreErrorKind, StoredEvent, copy,
};
use eventsource_core::{AppendError, EventLog, MemoryStore, Position, Query, StreamStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{cart, commit, open};
use tempfile::TempDir;

/// A copy of the store that a program of version 1 left.
fn old_store() -> (TempDir, PathBuf) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kept/sqlite-1.db");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::copy(kept, &path).unwrap();
    (folder, path)
}

fn version(path: &Path) -> i64 {
    let file = Connection::open(path).unwrap();
    let version = file.pragma_query_value(None, "user_version", |row| row.get(0));
    version.unwrap()
}

/// The view as people read it, one line an event.
fn history(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let all = "SELECT position || ' ' || recorded_at || ' ' || tenant || ' ' || category || ' '
        || root_id || ' ' || version || ' ' || name || ' ' || hex(payload) || ' '
        || coalesce(tags, '-') || ' ' || commit_id || ' ' || coalesce(metadata, '-')
        FROM history ORDER BY position";
    let mut all = file.prepare(all).unwrap();
    let all = all.query_map([], |row| row.get(0)).unwrap();
    all.map(Result::unwrap).collect()
}

#[tokio::test]
async fn the_history_is_the_same_after_the_migration_in_a_backup_and_in_a_copy() {
    let (folder, path) = old_store();
    let before = history(&path);
    assert!(before.len() > 10);
    let store = open(&path).await;
    store.verify().await.unwrap();
    assert_eq!(history(&path), before);
    assert!(version(&path) > 1);
    let backup = folder.path().join("backup.db");
    store.backup(&backup).await.unwrap();
    assert_eq!(history(&backup), before);
    let (memory, again) = (MemoryStore::new(), folder.path().join("again.db"));
    copy(&store, &memory).await.unwrap();
    let again_store = open(&again).await;
    copy(&memory, &again_store).await.unwrap();
    again_store.verify().await.unwrap();
    assert_eq!(history(&again), before);
}

/// Otherwise the new checksum of the row would confirm what is wrong in it.
#[tokio::test]
async fn a_damaged_row_is_not_migrated_and_the_file_stays_as_it_was() {
    for (damage, named) in [
        (
            "DROP TRIGGER commits_are_not_updated;
            UPDATE commits SET recorded_at = recorded_at + 1 WHERE first_position = 3",
            "the commit at position 3",
        ),
        (
            "UPDATE streams SET version = version + 1 WHERE stream = 2",
            "stream number 2",
        ),
        (
            "UPDATE streams SET position = position - 1 WHERE stream = 1",
            "stream number 1",
        ),
    ] {
        let (_folder, path) = old_store();
        Connection::open(&path)
            .unwrap()
            .execute_batch(damage)
            .unwrap();
        let before = history(&path);
        let error = support::store_error(SqliteStore::open(&path).await.unwrap_err());
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(named), "{error}");
        assert_eq!((version(&path), history(&path)), (1, before));
    }
}

#[tokio::test]
async fn views_that_users_made_show_the_new_tables() {
    let (_folder, path) = old_store();
    let file = Connection::open(&path).unwrap();
    let views = "CREATE VIEW ends AS SELECT stream, version FROM streams;
        CREATE VIEW names AS SELECT DISTINCT name FROM history";
    file.execute_batch(views).unwrap();
    let count = |view: &str| {
        let count = format!("SELECT count(*) FROM {view}");
        file.query_row(&count, [], |row| row.get::<_, u64>(0))
            .unwrap()
    };
    let before = (count("ends"), count("names"));
    open(&path).await.close().await;
    assert_eq!((count("ends"), count("names")), before);
}

/// A snapshot is taken over if there is an event that it stands behind.
#[tokio::test]
async fn a_snapshot_without_its_event_is_not_migrated() {
    let (_folder, path) = old_store();
    let file = Connection::open(&path).unwrap();
    let count = || {
        let count = "SELECT count(*) FROM snapshots";
        file.query_row(count, [], |row| row.get::<_, u64>(0))
            .unwrap()
    };
    let before = count();
    let ahead = "UPDATE snapshots SET version = version + 1
        WHERE rowid = (SELECT min(rowid) FROM snapshots)";
    assert_eq!(file.execute(ahead, []).unwrap(), 1);
    let store = open(&path).await;
    assert_eq!(count(), before - 1);
    store
        .read(ReadLog::new(Query::all()).limit(10))
        .await
        .unwrap();
}

/// A commit that was stored with a digest in encoding 1 is compared in that encoding.
#[tokio::test]
async fn a_commit_of_version_1_is_recognised_when_it_comes_again() {
    let (_folder, path) = old_store();
    let store = open(&path).await;
    let page = store.read(ReadLog::new(Query::all())).await;
    let page = page.unwrap();
    let events: Vec<_> = page.events().collect();
    for stored in events.chunk_by(|one, next| one.commit == next.commit) {
        let header = stored[0].commit;
        assert_eq!(header.digest.encoding(), DigestEncoding::Flat);
        let mut commit = Commit::new(header.id, stored.iter().map(new_event).collect())
            .metadata(header.metadata().clone());
        let receipt = store.append(commit.clone()).await.unwrap();
        assert!(receipt.repeated);
        assert_eq!(receipt.first, header.first);
        commit.events[0].payload = b"{\"other\":1}".to_vec().into();
        let refused = store.append(commit).await.unwrap_err();
        assert!(
            matches!(refused, AppendError::CommitIdReused { .. }),
            "{refused}"
        );
    }
    store.remove_inline("emails").await.unwrap();
    let new = commit(&cart());
    store.append(new).await.unwrap();
    let page = store
        .read(ReadLog::new(Query::all()).after(page.through()).limit(1))
        .await
        .unwrap();
    let header = page.events().next().unwrap().commit;
    assert_eq!(header.digest.encoding(), DigestEncoding::Tree);
    store.verify().await.unwrap();
}

fn new_event(event: &StoredEvent<'_>) -> NewEvent {
    let (stream, name) = (event.stream.clone(), event.name.to_owned());
    let payload = event.payload.to_vec();
    NewEvent::new(stream, name, event.schema, event.codec, payload).tagged(event.tags.to_vec())
}

/// The older program would write rows in the form of its own version.
#[tokio::test]
async fn a_program_does_not_write_to_a_file_that_another_one_has_migrated_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, other) = (open(&path).await, open(&path).await);
    store.append(commit(&cart())).await.unwrap();
    let file = Connection::open(&path).unwrap();
    let set = |version: i64| file.pragma_update(None, "user_version", version).unwrap();
    let present = version(&path);
    set(present + 1);
    for store in [&store, &other] {
        let error = match store.append(commit(&cart())).await.unwrap_err() {
            AppendError::Store(error) => error,
            error => panic!("{error}"),
        };
        assert_eq!(error.kind(), StoreErrorKind::Incompatible, "{error}");
        assert!(error.to_string().contains("migrated"), "{error}");
        let refused = store.remove_inline("emails").await.unwrap_err();
        assert!(refused.to_string().contains("migrated"), "{refused}");
    }
    set(present);
    let receipt = other.append(commit(&cart())).await.unwrap();
    assert_eq!(receipt.first, Position::new(2));
    store.verify().await.unwrap();
}
