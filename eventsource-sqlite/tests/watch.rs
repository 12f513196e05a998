//! Being woken.

mod support;

use std::time::Duration;

use eventsource_core::{EventLog, Position, StreamStore};
use support::{cart, child, commit, open, store_of_child};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_append_wakes_who_watches_the_same_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let mut head = store.watch();
    let receipt = store.append(commit(&cart())).await.unwrap();
    timeout(PATIENCE, head.wait_for(receipt.last))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn an_append_of_another_process_wakes_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let mut head = store.watch();
    assert!(child("appends_once", &path).status().unwrap().success());
    timeout(PATIENCE, head.wait_for(Position::new(1)))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn appends_once() {
    let Some(path) = store_of_child() else {
        return;
    };
    open(&path).await.append(commit(&cart())).await.unwrap();
}

#[tokio::test]
async fn who_begins_to_watch_after_everybody_stopped_is_woken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, other) = (open(&path).await, open(&path).await);
    for _ in 0..3 {
        let mut head = store.watch();
        let receipt = other.append(commit(&cart())).await.unwrap();
        timeout(PATIENCE, head.wait_for(receipt.last))
            .await
            .unwrap()
            .unwrap();
        drop(head);
        // Long enough for the thread to notice that nobody watches, and not needed by the test:
        // with or without it, the next watcher has to be woken.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test]
async fn watching_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    store.append(commit(&cart())).await.unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    let version = || other.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0));
    let before = version().unwrap();
    let head = store.watch();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(version().unwrap(), before);
    drop(head);
}
