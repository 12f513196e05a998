//! The contents of a store after it was closed and opened again.

mod support;

use std::sync::atomic::{AtomicI64, Ordering};

use eventsource_core::store::{Expect, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{AppendError, EventLog, Metadata, Store, StreamStore, Timestamp};
use eventsource_sqlite::SqliteStore;
use support::{cart, commit, commit_ids, event, open};

#[tokio::test]
async fn a_reopened_store_has_everything_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, cart) = (open(&path).await, cart());
    let metadata = Metadata::new().actor("clerk 7").entry("till", "3");
    let stored = commit(&cart).metadata(metadata.clone());
    store.append(stored.clone()).await.unwrap();
    store.close().await;

    let reopened = open(&path).await;
    assert_eq!(reopened.id(), store.id());
    let page = reopened
        .read_stream(ReadStream::forward(cart, 0).with_metadata())
        .await
        .unwrap();
    let header = page.last().unwrap().commit;
    assert_eq!((header.id, header.metadata()), (stored.id, &metadata));
    assert_eq!(header.digest, stored.digest());
    reopened.verify().await.unwrap();
}

#[tokio::test]
async fn the_same_commit_after_a_restart_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let cart = cart();
    let first = commit(&cart).expect(Expect::NoStream(cart.clone()));
    let store = open(&path).await;
    let receipt = store.append(first.clone()).await.unwrap();
    store.append(commit(&cart)).await.unwrap();
    drop(store);

    let reopened = open(&path).await;
    assert_eq!(
        reopened.append(first.clone()).await.unwrap(),
        receipt.into_repeated()
    );
    let mut other = first;
    other.events.push(event(&cart));
    let error = reopened.append(other).await.unwrap_err();
    assert!(
        matches!(error, AppendError::CommitIdReused { .. }),
        "{error}"
    );
    assert_eq!(commit_ids(&reopened).await.len(), 2);
}

#[tokio::test]
async fn a_store_dropped_without_closing_has_all_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut stored = Vec::new();
    for _ in 0..10 {
        let store = open(&path).await;
        let commit = commit(&cart());
        stored.push(commit.id);
        store.append(commit).await.unwrap();
    }
    assert_eq!(commit_ids(&open(&path).await).await, stored);
}

/// Threads that read are started when they are needed, so this meets a new connection.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_another_store_by_now_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    store.append(commit(&cart())).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(folder.path().join(format!("store.db{suffix}"))).unwrap();
    }
    let other = open(&path).await;
    let error = store.head().await.unwrap_err().to_string();
    assert!(error.contains("removed, moved or replaced"), "{error}");
    other.append(commit(&cart())).await.unwrap();
}

/// A clock that is set back whenever it is read.
#[derive(Debug)]
struct Backwards(AtomicI64);

impl Environment for Backwards {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_sub(1_000, Ordering::Relaxed))
    }
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[tokio::test]
async fn time_never_runs_back_within_a_stream_even_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (cart, mut times) = (cart(), Vec::new());
    for start in [2_000_000_000, 1_000_000_000] {
        let clock = Backwards(AtomicI64::new(start));
        let store = SqliteStore::builder()
            .environment(clock)
            .open(&path)
            .await
            .unwrap();
        for _ in 0..3 {
            times.push(store.append(commit(&cart)).await.unwrap().recorded_at);
        }
    }
    assert!(times.is_sorted(), "{times:?}");
}

/// Such a copy is a mistake, but it has to be the same store in an earlier state.
#[tokio::test]
async fn the_file_without_its_log_is_the_same_store_at_an_earlier_time() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (
        folder.path().join("store.db"),
        folder.path().join("copy.db"),
    );
    let (store, cart) = (open(&path).await, cart());
    store.append(commit(&cart)).await.unwrap();
    std::fs::copy(&path, &copy).unwrap();
    let alone = open(&copy).await;
    assert_eq!(alone.id(), store.id());
    alone.verify().await.unwrap();
}
