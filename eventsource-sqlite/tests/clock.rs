//! Clocks that fail.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};

use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{StreamStore, Timestamp};
use eventsource_sqlite::SqliteStore;
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
    let store = SqliteStore::open_in(&path, Fails::default()).await.unwrap();
    store.append(commit(&cart())).await.unwrap();
    let failing = store.clone();
    let failed = tokio::spawn(async move { failing.append(commit(&cart())).await });
    assert!(failed.await.unwrap_err().is_panic());
    store.append(commit(&cart())).await.unwrap();
    assert_eq!(commit_ids(&store).await.len(), 2);
}
