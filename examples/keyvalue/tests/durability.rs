//! Acknowledged appends are synced, and waiting appends share a sync.

#[path = "support/disk.rs"]
mod disk;

use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::time::Duration;

use eventsource_core::store::{Commit, NewEvent, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::SystemEnvironment;
use eventsource_core::{AppendError, Codec, EventLog, StreamId, StreamStore};
use keyvalue::KeyValueStore;

use disk::Disk;

/// A disk that is not synced by then is not synced at all.
const PATIENCE: Duration = Duration::from_secs(10);

fn store(disk: &Disk) -> KeyValueStore {
    KeyValueStore::on(disk.database(), Arc::new(SystemEnvironment)).unwrap()
}

fn commit() -> Commit {
    let cart = StreamId::new("cart", Uuid::now_v7());
    let opened = NewEvent::new(cart, "cart.opened", 1, Codec::Json, b"{}".to_vec());
    Commit::new(Uuid::now_v7(), vec![opened])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_synced_before_it_is_acknowledged() {
    let disk = Disk::default();
    let store = store(&disk);
    for _ in 0..20 {
        let before = disk.syncs();
        store.append(commit()).await.unwrap();
        assert!(disk.syncs() > before);
    }
}

/// The first append holds the disk until the others wait.
#[tokio::test(flavor = "multi_thread")]
async fn appends_that_wait_at_the_same_time_share_a_sync() {
    let disk = Disk::default();
    let store = store(&disk);
    store.append(commit()).await.unwrap();
    let (release, released) = mpsc::channel();
    let (stopped, stops) = mpsc::channel();
    disk.before_next_sync(move || {
        stopped.send(()).unwrap();
        let _ = released.recv(); // or the test has failed
    });
    let before = disk.syncs();
    let first = tokio::spawn({
        let store = store.clone();
        async move { store.append(commit()).await }
    });
    let stopped = tokio::task::spawn_blocking(move || stops.recv_timeout(PATIENCE));
    stopped.await.unwrap().unwrap();
    // The first poll puts each of them behind the one that is held.
    let mut waiting: Vec<_> = (0..64).map(|_| store.append(commit())).collect();
    for append in &mut waiting {
        let mut context = Context::from_waker(Waker::noop());
        assert!(append.as_mut().poll(&mut context).is_pending());
    }
    release.send(()).unwrap();
    for append in waiting {
        append.await.unwrap();
    }
    first.await.unwrap().unwrap();
    let syncs = disk.syncs() - before;
    assert!(syncs < 10, "65 appends took {syncs} syncs");
}

/// Nothing is said to be stored or refused that may be either, and readers see what was there before.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_leaves_the_outcome_unknown_and_later_appends_refused() {
    let disk = Disk::default();
    let store = store(&disk);
    let before = store.append(commit()).await.unwrap().horizon();
    disk.fail();
    let lost = store.append(commit()).await.unwrap_err();
    assert!(matches!(lost, AppendError::OutcomeUnknown { .. }), "{lost}");
    let refused = store.append(commit()).await.unwrap_err();
    let AppendError::Store(error) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Io, "{error}");
    assert_eq!(store.head().await.unwrap(), before);
}
