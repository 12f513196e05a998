//! Appends to a store in a file are dropped before they complete.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_concurrency_tests::commits::{commit, stream};
use eventsource_concurrency_tests::contents::length;
use eventsource_concurrency_tests::drop_after::{begin, drop_after};
use eventsource_concurrency_tests::seed::{part, seed};
use eventsource_concurrency_tests::stores::sqlite;
use eventsource_core::store::StoreErrorKind;
use eventsource_core::{AppendError, StreamStore};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;
use rusqlite::Connection;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The time limit of an operation that does not hang.
const SOON: Duration = Duration::from_secs(10);

/// Appends until `stop` is set.
async fn write_on(store: SqliteStore, stop: Arc<AtomicBool>) {
    let stream = stream();
    while !stop.load(Ordering::Relaxed) {
        let stored = store.append(commit(&stream, 2)).await;
        stored.expect("nothing is expected of the store");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_append_dropped_at_any_poll_is_whole_or_nothing() {
    let tested = sqlite(1).await;
    let (store, stop) = (tested.store(), Arc::<AtomicBool>::default());
    let mut random = Rng::with_seed(seed());
    let mut writers = JoinSet::new();
    for _ in 0..4 {
        writers.spawn(write_on(store.clone(), Arc::clone(&stop)));
    }
    let mut sent = Vec::new();
    for polls in (0..4).cycle().take(800) {
        let stream = stream();
        let answer = drop_after(polls, store.append(commit(&stream, 3))).await;
        sent.push((stream, polls, answer.is_some()));
        if random.bool() {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    writers.join_all().await;
    store
        .append(commit(&stream(), 1))
        .await
        .expect("it goes on");

    let mut stored_unheard = 0;
    for (stream, polls, answered) in sent {
        match (polls, answered, length(&store, &stream).await) {
            (0.., false, 0) | (1.., true, 3) => (),
            (1.., false, 3) => stored_unheard += 1,
            other => panic!("polls, whether it was answered, events: {other:?}"),
        }
    }
    assert!(stored_unheard > 0, "no append was dropped on its way");
    store.verify().await.expect("the file is sound");
    timeout(SOON, store.close())
        .await
        .expect("it can be closed");
}

/// The queue has 1,024 places. While another connection has the lock of the file, all places are
/// taken, and more than as many appends wait for one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn more_drops_than_the_queue_has_places_leave_it_free() {
    let tested = sqlite(1).await;
    let store = tested.store();
    let other = Connection::open(tested.path()).expect("the file opens");
    let mut random = Rng::with_seed(seed());
    for _ in 0..2 {
        other
            .execute_batch("BEGIN IMMEDIATE")
            .expect("the file is free");
        let streams: Vec<_> = (0..2_500).map(|_| stream()).collect();
        let mut appends = Vec::new();
        for stream in &streams {
            let mut append = store.append(commit(stream, 2));
            assert!(begin(&mut append).await, "the file is held");
            appends.push(append);
        }
        random.shuffle(&mut appends);
        appends.truncate(random.usize(0..appends.len()));
        other.execute_batch("ROLLBACK").expect("it was begun");
        drop(appends);

        let plain = store.append(commit(&stream(), 1));
        let plain = timeout(Duration::from_secs(1), plain).await;
        plain.expect("it takes no second").expect("it is stored");
        let mut stored = 0;
        for stream in streams {
            match length(&store, &stream).await {
                0 => (),
                2 => stored += 1,
                events => panic!("{events} of 2 events are stored"),
            }
        }
        // The writer holds one more, and some may have found a place while others were freed.
        assert!(stored >= 1_024, "{stored} are stored");
        println!("{stored} are stored");
    }
    timeout(SOON, store.close())
        .await
        .expect("it can be closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_is_closed_beside_dropped_appends_answers_all_others() {
    let seed = seed();
    for round in 0..10 {
        let tested = sqlite(1).await;
        let store = tested.store();
        let mut random = part(seed, round);
        let mut tasks = JoinSet::new();
        for _ in 0..200 {
            let (store, polls) = (store.clone(), [1, 2, usize::MAX][random.usize(0..3)]);
            tasks.spawn(async move {
                let stream = stream();
                let answer = drop_after(polls, store.append(commit(&stream, 1))).await;
                (stream, answer)
            });
        }
        for _ in 0..random.u8(0..20) {
            tokio::task::yield_now().await;
        }
        timeout(SOON, store.close())
            .await
            .expect("it can be closed");
        let answers = timeout(SOON, tasks.join_all()).await;
        let reopened = SqliteStore::open(tested.path())
            .await
            .expect("it opens again");
        for (stream, answer) in answers.expect("all are answered") {
            let stored = length(&reopened, &stream).await;
            match answer {
                None => assert!(stored <= 1),
                Some(Ok(_)) => assert_eq!(stored, 1, "it was acknowledged"),
                Some(Err(AppendError::Store(error))) => {
                    assert_eq!(error.kind(), StoreErrorKind::Closed, "{error}");
                    assert_eq!(stored, 0, "it was not taken");
                }
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }
}
