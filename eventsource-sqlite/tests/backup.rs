//! Copies.

mod support;

use eventsource_core::{EventStore, StoreErrorKind};
use support::{cart, commit, commit_ids, open};

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
        .read(eventsource_core::Query::all(), later.last, 10)
        .await
        .unwrap_err();
    assert!(
        matches!(error, eventsource_core::ReadError::BeyondHead { .. }),
        "{error}"
    );
}
