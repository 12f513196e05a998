//! Stores on media that nothing is written to.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use eventsource_core::store::{Fingerprint, Snapshot, StoreError, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{AppendError, Project, Projection, Recorded, Revision, StreamStore, event};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};
use support::{cart, child, commit, commit_ids, open, store_error, store_of_child};

async fn open_read_only(path: &Path) -> Result<SqliteStore, StoreError> {
    let opened = SqliteStore::builder().read_only().open(path).await;
    opened.map_err(store_error)
}

/// A closed store with the ids of its commits.
async fn archive(path: &Path) -> Vec<Uuid> {
    let store = open(path).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(store.append(commit(&cart())).await.unwrap().commit_id);
    }
    store.close().await;
    ids
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn everything_is_read_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    // None of these signs may mean something to SQLite.
    let path = folder.path().join("50% of my?store#1.db");
    let ids = archive(&path).await;
    let before = fs::read(&path).unwrap();
    let store = open_read_only(&path).await.unwrap();
    assert_eq!(commit_ids(&store).await, ids);
    store.verify().await.unwrap();
    match store.append(commit(&cart())).await.unwrap_err() {
        AppendError::Store(error) => {
            assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}");
            assert!(error.to_string().contains("read_only()"), "{error}");
        }
        error => panic!("{error}"),
    }
    let fingerprint = Fingerprint::from_bytes([0; 32]);
    let snapshot = Snapshot::new(cart(), fingerprint, Revision::NONE, Vec::new());
    let error = store.snapshots().unwrap().keep(snapshot).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}");
    let copy = tempfile::tempdir().unwrap();
    store.backup(copy.path().join("copy.db")).await.unwrap();
    store.close().await;
    assert_eq!(files(folder.path()), std::slice::from_ref(&path));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(
        commit_ids(&open(&copy.path().join("copy.db")).await).await,
        ids
    );
}

#[tokio::test]
async fn a_store_with_a_log_beside_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    store.append(commit(&cart())).await.unwrap();
    let error = open_read_only(&path).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("-wal"), "{error}");
    store.close().await;
    fs::write(folder.path().join("store.db-wal"), "").unwrap();
    assert_eq!(
        commit_ids(&open_read_only(&path).await.unwrap())
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn nothing_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let error = open_read_only(&path).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    assert!(!path.exists());
    for contents in ["", "x", "not a database"] {
        fs::write(&path, contents).unwrap();
        let error = open_read_only(&path).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Incompatible, "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), contents);
    }
}

#[event(name = "noted")]
struct Noted {
    by: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "notes", version = 1, key = by, events(Noted))]
struct Notes {}

impl Project<Noted> for Notes {
    fn project(&mut self, _: &Recorded<Noted>) {}
}

#[tokio::test]
async fn inline_projections_are_not_built() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let ids = archive(&path).await;
    let builder = SqliteStore::builder().inline::<Notes>().read_only();
    let store = builder.open(&path).await.unwrap();
    assert_eq!(commit_ids(&store).await, ids);
}

/// Skipped where this process may not mount anything.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_store_on_a_medium_that_cannot_be_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let ids = archive(&path).await;
    let test = child("prints_how_much_is_read", &path);
    let mut mounted = std::process::Command::new("unshare");
    let mount = r#"mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit; exec "$@""#;
    mounted
        .args(["--mount", "sh", "-c", mount])
        .arg(folder.path());
    mounted.arg(test.get_program()).args(test.get_args());
    let output = mounted.env(support::STORE, &path).output();
    let printed = String::from_utf8(output.unwrap().stdout).unwrap();
    if printed.is_empty() {
        println!("skipped: no mount namespace can be made here");
        return;
    }
    let expected = format!("{} commits, and else ReadOnly", ids.len());
    assert!(printed.lines().any(|line| line == expected), "{printed}");
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn prints_how_much_is_read() {
    let Some(path) = store_of_child() else { return };
    let refused = store_error(SqliteStore::open(&path).await.unwrap_err());
    let store = open_read_only(&path).await.unwrap();
    store.verify().await.unwrap();
    let commits = commit_ids(&store).await.len();
    println!("\n{commits} commits, and else {:?}", refused.kind());
}
