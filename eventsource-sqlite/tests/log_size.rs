//! A log that a long reader let grow.

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, StreamStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{cart, commit, open};

const MIB: u64 = 1024 * 1024;

fn size(path: &Path) -> u64 {
    path.with_extension("db-wal").metadata().unwrap().len()
}

/// Appends 24 MiB while a reader keeps the log from beginning anew.
async fn grow(store: &SqliteStore, path: &Path) -> Connection {
    store.append(commit(&cart())).await.unwrap();
    let reader = Connection::open(path).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM events")
        .unwrap();
    for _ in 0..30 {
        let payload = vec![b'1'; 800 * 1024];
        let event = NewEvent::new(cart(), "cart.noted", 1, Codec::Json, payload);
        let large = Commit::new(Uuid::now_v7(), vec![event]);
        store.append(large).await.unwrap();
    }
    assert!(size(path) > 20 * MIB, "{}", size(path));
    reader
}

#[tokio::test]
async fn a_log_is_emptied_once_no_reader_needs_it_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let reader = grow(&store, &path).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(size(&path) > 20 * MIB, "a reader needs it");
    drop(reader);
    let began = Instant::now();
    while size(&path) > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", size(&path));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    store.append(commit(&cart())).await.unwrap();
    store.verify().await.unwrap();
}

#[tokio::test]
async fn a_log_that_begins_anew_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    drop(grow(&store, &path).await);
    for _ in 0..3 {
        store.append(commit(&cart())).await.unwrap();
    }
    assert!(size(&path) <= 16 * MIB, "{}", size(&path));
    store.verify().await.unwrap();
}
