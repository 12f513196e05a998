//! Clocks that fail.

mod support;

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{AppendError, StreamId, StreamStore, Timestamp};
use eventsource_sqlite::{SqliteBuilder, SqliteStore};
use support::{cart, commit, commit_ids};

/// Is read once when the store is created, and fails at the second append.
#[derive(Debug, Default)]
struct Fails(AtomicU64);

impl Environment for Fails {
    fn now(&self) -> Timestamp {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        assert_ne!(count, 2, "the clock failed");
        SystemEnvironment.now()
    }
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[tokio::test]
async fn a_clock_that_panics_hurts_one_append_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::builder()
        .environment(Fails::default())
        .open(&path)
        .await
        .unwrap();
    store.append(commit(&cart())).await.unwrap();
    let failing = store.clone();
    let failed = tokio::spawn(async move { failing.append(commit(&cart())).await });
    assert!(failed.await.unwrap_err().is_panic());
    store.append(commit(&cart())).await.unwrap();
    assert_eq!(commit_ids(&store).await.len(), 2);
}

/// A clock that stands still.
#[derive(Debug)]
struct Fixed(Timestamp);

impl Environment for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn open_at(builder: SqliteBuilder, path: &Path, now: &str) -> SqliteStore {
    builder
        .environment(Fixed(time(now)))
        .open(path)
        .await
        .unwrap()
}

async fn append(store: &SqliteStore, stream: &StreamId) -> Result<Timestamp, AppendError> {
    let receipt = store.append(commit(stream)).await?;
    Ok(receipt.recorded_at)
}

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what this thread logs.
struct Log;

impl Log {
    fn take() -> String {
        String::from_utf8(LOG.take()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A process had a wrong clock once; the next one has the right one.
#[tokio::test]
async fn an_append_dated_2038_dates_its_own_stream_only() {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (wrong, right) = ("2038-01-19T00:00:00Z", "2026-02-01T00:00:00Z");
    let (hurt, other) = (cart(), cart());
    let store = open_at(SqliteStore::builder(), &path, wrong).await;
    append(&store, &hurt).await.unwrap();
    store.close().await;

    let store = open_at(SqliteStore::builder(), &path, right).await;
    for stream in [&other, &other, &cart()] {
        assert_eq!(append(&store, stream).await.unwrap(), time(right));
    }
    let refused = append(&store, &hurt).await.unwrap_err();
    let said = refused.to_string();
    for part in [
        &hurt.to_string(),
        "2038-01-19",
        "2026-02-01",
        "1day",
        "max_clock_lead",
    ] {
        assert!(said.contains(part), "{said}");
    }
    store.close().await;

    let decades = Duration::from_secs(20 * 366 * 24 * 60 * 60);
    let store = open_at(SqliteStore::builder().max_clock_lead(decades), &path, right).await;
    assert_eq!(Log::take(), "");
    assert_eq!(append(&store, &hurt).await.unwrap(), time(wrong));
    let log = Log::take();
    assert!(
        log.contains("WARN") && log.contains(&hurt.to_string()),
        "{log}"
    );
    assert_eq!(append(&store, &other).await.unwrap(), time(right));
    store.verify().await.unwrap();
}
