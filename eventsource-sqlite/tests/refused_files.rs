//! Files that are no store are refused, and stay as they were.

mod support;

use std::path::Path;

use eventsource_core::{EventStore, StoreErrorKind};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{cart, commit, open};

async fn refusal(path: &Path) -> (StoreErrorKind, String) {
    let error = SqliteStore::open(path).await.unwrap_err();
    (error.kind(), error.to_string())
}

#[tokio::test]
async fn a_text_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "the quick brown fox jumps over the lazy dog\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let (kind, message) = refusal(&path).await;
    assert_eq!(kind, StoreErrorKind::Incompatible, "{message}");
    assert!(message.contains("notes.txt"), "{message}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn the_database_of_another_program_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE events (id INTEGER)")
        .unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let (kind, message) = refusal(&path).await;
    assert_eq!(kind, StoreErrorKind::Incompatible, "{message}");
    assert!(message.contains("another program"), "{message}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    open(&path).await.close().await;
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 7)
        .unwrap();
    let (kind, message) = refusal(&path).await;
    assert_eq!(kind, StoreErrorKind::Incompatible, "{message}");
    assert!(
        message.contains("version 7") && message.contains("up to 1"),
        "{message}"
    );
}

#[tokio::test]
async fn memory_is_no_file() {
    for path in ["", ":memory:"] {
        let (kind, message) = refusal(Path::new(path)).await;
        assert_eq!(kind, StoreErrorKind::Unsupported, "{message}");
        assert!(message.contains("MemoryStore"), "{message}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_with_a_nul_is_told_as_such() {
    let (kind, message) = refusal(Path::new("shop\0.db")).await;
    assert_eq!(kind, StoreErrorKind::Unsupported, "{message}");
    assert!(message.contains("NUL"), "{message}");
}

#[tokio::test]
async fn a_directory_is_no_store_and_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let (kind, message) = refusal(folder.path()).await;
    assert_eq!(kind, StoreErrorKind::Incompatible, "{message}");
    let (kind, message) = refusal(&folder.path().join("missing").join("store.db")).await;
    assert_eq!(kind, StoreErrorKind::Unavailable, "{message}");
    assert!(message.contains("directory does not exist"), "{message}");
}

#[tokio::test]
async fn a_path_that_looks_like_a_uri_is_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file:store?mode=memory");
    open(&path).await.append(commit(&cart())).await.unwrap();
    assert!(path.exists());
}
