//! The answers of a store to concurrent clients are linearizable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventsource_concurrency_tests::linearizability::{
    Answer, Fault, FaultyStore, Log, Operation, Request, Shape, check, record,
};
use eventsource_concurrency_tests::seed::{part, seed};
use eventsource_concurrency_tests::stores::{AnyStore, memory, sqlite};

/// The number of histories; a test ends earlier after [`TIME`].
const HISTORIES: u64 = 300;
const TIME: Duration = Duration::from_secs(7);

/// The kind of outcome of a request.
fn kind(operation: &Operation) -> &'static str {
    match (&operation.request, &operation.answer) {
        (_, None) => "unanswered",
        (_, Some(Answer::Stored(stored))) if stored.repeated => "repeated",
        (_, Some(Answer::Stored(_))) => "stored",
        (_, Some(Answer::Conflict { .. })) => "conflict",
        (_, Some(Answer::Reused)) => "reused",
        (_, Some(Answer::Failed)) => "failed",
        (Request::ReadStream(_), _) => "stream",
        (Request::ReadAll, _) => "all",
        (Request::Receipt { .. }, _) => "receipt",
        (Request::Head | Request::Append(_), _) => "head",
    }
}

async fn assert_linearizable(handles: &[AnyStore]) {
    let (seed, began) = (seed(), Instant::now());
    let (mut histories, mut kinds) = (0, BTreeMap::new());
    while histories < HISTORIES && began.elapsed() < TIME {
        let (start, calls) = record(handles, Shape::default(), part(seed, histories).u64(..)).await;
        if let Err(violation) = check::<Log>(&start, &calls) {
            panic!("history {histories} of seed {seed}: {violation:?}");
        }
        for call in calls {
            *kinds.entry(kind(&call.operation)).or_insert(0) += 1;
        }
        histories += 1;
    }
    println!("{histories} histories in {:?}: {kinds:?}", began.elapsed());
    kinds.remove("failed");
    assert_eq!(kinds.len(), 9, "not all that can happen did: {kinds:?}");
    assert!(
        histories >= 20,
        "only {histories} histories; the machine is too busy"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_in_memory_is_linearizable() {
    assert_linearizable(&memory().handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_in_a_file_is_linearizable() {
    assert_linearizable(&sqlite(1).await.any().handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_on_one_file_are_one_linearizable_store() {
    assert_linearizable(&sqlite(2).await.any().handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fault_of_a_store_is_found() {
    let seed = seed();
    for fault in Fault::ALL {
        let mut found = false;
        for number in 0..50 {
            let faulty: AnyStore = Arc::new(FaultyStore::new(memory().store(), fault));
            let (start, calls) =
                record(&[faulty], Shape::default(), part(seed, number).u64(..)).await;
            found |= check::<Log>(&start, &calls).is_err();
            if found {
                println!("{fault:?}: found in history {number}");
                break;
            }
        }
        assert!(found, "{fault:?} was not detected in 50 histories");
    }
}

/// The control: the wrapper itself is not what the test above detects.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_faulty_store_without_a_fault_passes() {
    let (store, fault) = (memory().store(), Fault::ReportsAnotherId);
    assert_linearizable(&[Arc::new(FaultyStore::new(store, fault))]).await;
}
