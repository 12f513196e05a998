//! The end of a store.

mod support;

use std::collections::HashSet;
use std::time::Duration;

use eventsource_core::store::StoreErrorKind;
use eventsource_core::{AppendError, EventLog, ReadError, StreamStore};
use support::{cart, commit, commit_ids, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_flight_while_closing_is_stored_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let appends: Vec<_> = (0..100)
        .map(|_| {
            let (store, commit) = (store.clone(), commit(&cart()));
            tokio::spawn(async move { (commit.id, store.append(commit).await) })
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await;

    let mut acknowledged = HashSet::new();
    for append in appends {
        match append.await.unwrap() {
            (id, Ok(_)) => assert!(acknowledged.insert(id)),
            (_, Err(AppendError::Store(error))) => {
                assert_eq!(error.kind(), StoreErrorKind::Closed, "{error}");
            }
            (_, Err(error)) => panic!("neither stored nor refused: {error}"),
        }
    }
    let stored: HashSet<_> = commit_ids(&open(&path).await).await.into_iter().collect();
    assert_eq!(stored, acknowledged);
}

#[tokio::test]
async fn a_closed_store_answers_that_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let watching = store.watch();
    store.close().await;
    store.close().await;
    let AppendError::Store(error) = store.append(commit(&cart())).await.unwrap_err() else {
        panic!("no error of the store");
    };
    assert_eq!(error.kind(), StoreErrorKind::Closed);
    let ReadError::Store(error) = store.clone().head().await.unwrap_err() else {
        panic!("no error of the store");
    };
    assert_eq!(error.kind(), StoreErrorKind::Closed);
    drop(watching);
}

#[tokio::test]
async fn a_closed_store_is_a_single_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let watching = store.watch();
    store.append(commit(&cart())).await.unwrap();
    commit_ids(&store).await;
    store.close().await;
    drop(watching);
    let files = std::fs::read_dir(folder.path()).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["store.db"]);
}

#[tokio::test]
async fn a_store_that_fails_to_open_leaves_no_files_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    open(&path).await.close().await;
    let plain = rusqlite::Connection::open(&path).unwrap();
    plain.execute_batch("DELETE FROM store").unwrap();
    drop(plain);
    eventsource_sqlite::SqliteStore::open(&path)
        .await
        .unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn an_append_that_is_under_way_when_the_store_is_dropped_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let appends: Vec<_> = (0..20)
        .map(|_| {
            let (store, commit) = (store.clone(), commit(&cart()));
            tokio::spawn(async move { store.append(commit).await })
        })
        .collect();
    drop(store);
    for append in appends {
        append.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn who_watches_a_closed_store_is_told_that_nothing_comes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let mut before = store.watch();
    let last = store.append(commit(&cart())).await.unwrap().last;
    store.close().await;
    assert_eq!(before.changed().await, Some(last));
    assert_eq!(before.changed().await, None);
    let mut after = store.watch();
    assert_eq!(after.head(), last);
    assert_eq!(after.changed().await, None);
}

#[tokio::test]
async fn closing_goes_on_when_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let mut watching = store.watch();
    store.append(commit(&cart())).await.unwrap();
    store.head().await.unwrap();
    tokio::select! {
        biased;
        () = store.close() => {}
        () = std::future::ready(()) => {}
    }
    let error = store.append(commit(&cart())).await.unwrap_err();
    let AppendError::Store(error) = error else {
        panic!("no error of the store: {error}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Closed, "{error}");
    store.head().await.unwrap_err();

    let ended = async { while watching.changed().await.is_some() {} };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, ended).await.unwrap();
    tokio::time::timeout(patience, store.close()).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Most of these find no room in the queue, not even the one that says that it is the last.
#[tokio::test]
async fn a_store_closes_though_a_thousand_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let appends: Vec<_> = (0..3_000)
        .map(|_| {
            let (store, commit) = (store.clone(), commit(&cart()));
            tokio::spawn(async move { store.append(commit).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let closing = store.close();
    other.execute_batch("ROLLBACK").unwrap();
    tokio::time::timeout(Duration::from_secs(60), closing)
        .await
        .unwrap();
    for append in appends {
        if let Err(AppendError::Store(error)) = append.await.unwrap() {
            assert_eq!(error.kind(), StoreErrorKind::Closed, "{error}");
        }
    }
}
