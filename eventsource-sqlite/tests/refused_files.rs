//! Files that are no store are refused, and stay as they were.

mod support;

use std::path::Path;

use eventsource_core::store::StoreErrorKind;
use eventsource_core::{EventLog, StreamStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{cart, commit, open, store_error};

async fn refusal(path: &Path) -> (StoreErrorKind, String) {
    let error = store_error(SqliteStore::open(path).await.unwrap_err());
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
        message.contains("version 7") && message.contains("up to 2"),
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

/// SQLite would take a file of one byte for an empty one.
#[tokio::test]
async fn a_file_of_a_few_bytes_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    for length in [1, 2, 99, 100, 511, 512, 4096] {
        for byte in [b'x', 0] {
            let contents = vec![byte; length];
            std::fs::write(&path, &contents).unwrap();
            let (kind, message) = refusal(&path).await;
            assert_eq!(kind, StoreErrorKind::Incompatible, "{length}: {message}");
            assert_eq!(std::fs::read(&path).unwrap(), contents);
        }
    }
    std::fs::write(&path, "").unwrap();
    open(&path).await.append(commit(&cart())).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_with_two_hard_links_is_refused_under_both_names() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (
        folder.path().join("store.db"),
        folder.path().join("link.db"),
    );
    open(&path).await.close().await;
    std::fs::hard_link(&path, &link).unwrap();
    for name in [&path, &link] {
        let (kind, message) = refusal(name).await;
        assert_eq!(kind, StoreErrorKind::Unsupported, "{message}");
        assert!(message.contains("2 names"), "{message}");
    }
    std::fs::remove_file(&link).unwrap();
    open(&path).await.append(commit(&cart())).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_symbolic_link_to_a_store_is_that_store() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (
        folder.path().join("store.db"),
        folder.path().join("link.db"),
    );
    let store = open(&path).await;
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let linked = open(&link).await;
    linked.append(commit(&cart())).await.unwrap();
    assert_eq!(support::commit_ids(&store).await.len(), 1);
}

/// Skipped where this process may not mount anything.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_is_mounted_by_itself_is_refused_and_its_mounted_folder_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir_all(here.join("data")).unwrap();
    std::fs::create_dir_all(here.join("my mounts/folder")).unwrap();
    let path = here.join("data/store.db");
    open(&path).await.close().await;
    std::fs::write(here.join("my mounts/store.db"), "").unwrap();
    let mounts = [
        ("data/store.db", "my mounts/store.db", "kind Unsupported"),
        ("data", "my mounts/folder", "opened"),
    ];
    for (what, at, expected) in mounts {
        let opened = here.join(at);
        let opened = if opened.is_dir() {
            opened.join("store.db")
        } else {
            opened
        };
        let Some(output) = open_mounted((&here.join(what), &here.join(at)), &opened) else {
            println!("skipped: no mount namespace can be made here");
            return;
        };
        assert!(
            output.lines().any(|line| line == expected),
            "{at}: {output}"
        );
    }
}

/// The output of a process that opens a store in a mount namespace of its own.
#[cfg(target_os = "linux")]
fn open_mounted((what, at): (&Path, &Path), store: &Path) -> Option<String> {
    let test = support::child("opens_once", store);
    let mut mounted = std::process::Command::new("unshare");
    let mount = r#"mount --bind "$0" "$1" || { echo "not mounted"; exit; }; shift; exec "$@""#;
    mounted
        .args(["--mount", "sh", "-c", mount])
        .arg(what)
        .arg(at);
    mounted.arg(test.get_program()).args(test.get_args());
    let output = mounted.env(support::STORE, store).output().ok()?;
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.success() && !printed.contains("not mounted")).then_some(printed)
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn opens_once() {
    let Some(path) = support::store_of_child() else {
        return;
    };
    match SqliteStore::open(&path).await {
        Ok(_) => println!("\nopened"),
        Err(error) => {
            let error = store_error(error);
            println!("\n{error}\nkind {:?}", error.kind());
        }
    }
}

#[tokio::test]
async fn a_path_that_looks_like_a_uri_is_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file:store?mode=memory");
    open(&path).await.append(commit(&cart())).await.unwrap();
    assert!(path.exists());
}

/// SQLite takes a missing or empty file for a new database, and removes the log beside it.
#[tokio::test]
async fn a_log_whose_file_is_missing_or_empty_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (path, left) = (folder.path().join("store.db"), folder.path().join("left"));
    std::fs::create_dir(&left).unwrap();
    let store = open(&path).await;
    let receipt = store.append(commit(&cart())).await.unwrap();
    // As a process leaves it that is killed now.
    let left_path = left.join("store.db");
    for end in ["", "-wal"] {
        let name = format!("store.db{end}");
        std::fs::copy(folder.path().join(&name), left.join(&name)).unwrap();
    }
    let log = std::fs::read(left.join("store.db-wal")).unwrap();
    assert!(!log.is_empty());
    std::fs::rename(&left_path, left.join("moved.db")).unwrap();
    for lose in [None, Some("")] {
        if let Some(content) = lose {
            std::fs::write(&left_path, content).unwrap();
        }
        let (kind, message) = refusal(&left_path).await;
        assert_eq!(kind, StoreErrorKind::Incompatible, "{message}");
        assert!(message.contains("store.db-wal"), "{message}");
        assert_eq!(std::fs::read(left.join("store.db-wal")).unwrap(), log);
    }
    std::fs::rename(left.join("moved.db"), &left_path).unwrap();
    let found = open(&left_path).await.head().await.unwrap();
    assert_eq!(found, receipt.horizon());
}
