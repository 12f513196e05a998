//! Copies.

mod support;

use std::path::Path;
use std::time::Duration;

use eventsource_core::store::{ReadLog, StoreErrorKind};
use eventsource_core::{EventLog, Store, StreamStore};
use support::{cart, child, commit, commit_ids, open, store_of_child};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    for _ in 0..200 {
        store.append(commit(&cart())).await.unwrap();
    }
    let writers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(append_500(store.clone())))
        .collect();
    let mut copies = Vec::new();
    for number in 0..5 {
        let copy = folder.path().join(format!("copy {number}.db"));
        store.backup(&copy).await.unwrap();
        copies.push(copy);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let all = commit_ids(&store).await;
    for copy in copies {
        let copy = open(&copy).await;
        copy.verify().await.unwrap();
        let found = commit_ids(&copy).await;
        assert!(found.len() >= 200);
        assert_eq!(found, all[..found.len()]);
        assert_eq!(copy.id(), store.id());
    }
}

async fn append_500(store: eventsource_sqlite::SqliteStore) {
    for _ in 0..500 {
        store.append(commit(&cart())).await.unwrap();
    }
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "mine").unwrap();
    let error = store.backup(&taken).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error}");
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");

    let nowhere = folder.path().join("no such folder").join("copy.db");
    let error = store.backup(&nowhere).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("no such folder"), "{error}");
    store.backup(folder.path().join("copy.db")).await.unwrap();
    store.close().await;
    let files = std::fs::read_dir(folder.path()).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["copy.db", "store.db", "taken"]);
}

#[tokio::test]
async fn a_position_of_the_original_is_beyond_the_head_of_an_older_copy() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    store.append(commit(&cart())).await.unwrap();
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let later = store.append(commit(&cart())).await.unwrap();
    let copy = open(&copy).await;
    let error = copy
        .read(
            ReadLog::new(eventsource_core::Query::all())
                .after(later.horizon())
                .limit(10),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(error, eventsource_core::ReadError::BeyondHead { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_backup_is_not_put_beside_the_log_of_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let log = folder.path().join("copy.db-wal");
    std::fs::write(&log, "of another file").unwrap();
    let error = store
        .backup(folder.path().join("copy.db"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("copy.db-wal"), "{error}");
}

/// Twelve kills at some moment of a backup.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_killed_backups_leave_is_removed_by_the_next_one_and_by_the_next_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    for _ in 0..300 {
        store.append(commit(&cart())).await.unwrap();
    }
    store.close().await;
    let mut left = 0;
    for round in 0..12 {
        let mut child = child("backs_up_without_end", &path).spawn().unwrap();
        let begun = std::time::Instant::now();
        while partials(folder.path()) == 0 && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_micros(100));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        left += partials(folder.path());
        if round % 2 == 0 {
            open(&path).await.close().await;
        } else {
            let store = open(&path).await;
            store.backup(folder.path().join("whole.db")).await.unwrap();
            std::fs::remove_file(folder.path().join("whole.db")).unwrap();
        }
        assert_eq!(partials(folder.path()), 0);
    }
    assert!(left > 0, "no kill met a backup");
}

#[cfg(target_os = "linux")]
fn partials(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_str().unwrap().contains(".partial"))
        .count()
}

#[tokio::test]
#[ignore = "another test starts it, and kills it"]
async fn backs_up_without_end() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    let target: &Path = &path.with_file_name("killed.db");
    loop {
        store.backup(target).await.unwrap();
        std::fs::remove_file(target).unwrap();
    }
}
