//! Sixteen tasks append to two streams at the revisions that they read, without a retry.

use std::collections::BTreeSet;
use std::sync::Arc;

use eventsource_concurrency_tests::commits::{commit, stream};
use eventsource_concurrency_tests::contents::commit_ids;
use eventsource_concurrency_tests::linearizability::{Fault, FaultyStore};
use eventsource_concurrency_tests::seed::{part, seed};
use eventsource_concurrency_tests::stores::{AnyStore, memory, sqlite};
use eventsource_core::store::{Expect, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{AppendError, Revision, StreamId};
use fastrand::Rng;
use tokio::task::JoinSet;

const TASKS: u64 = 16;
const TURNS: usize = 20;

/// The outcome of the commits that a task sent.
#[derive(Default)]
struct Outcome {
    stored: BTreeSet<Uuid>,
    in_conflict: BTreeSet<Uuid>,
}

impl Outcome {
    fn of(all: Vec<Self>) -> Self {
        all.into_iter().fold(Self::default(), |mut sum, mut one| {
            sum.stored.append(&mut one.stored);
            sum.in_conflict.append(&mut one.in_conflict);
            sum
        })
    }
}

/// Appends commits that write one or both of the streams and expect a revision of both.
async fn insist(store: AnyStore, streams: [StreamId; 2], mut random: Rng) -> Outcome {
    let mut outcome = Outcome::default();
    for _ in 0..TURNS {
        let mut new = commit(&streams[random.usize(0..2)], 1);
        new.events
            .extend(commit(&streams[random.usize(0..2)], 2).events);
        for stream in &streams {
            let read = ReadStream::backward(stream.clone(), u64::MAX).limit(1);
            let page = store
                .read_stream(read)
                .await
                .expect("the store can be read");
            // The page has the whole last commit, backwards.
            let revision = page
                .events()
                .next()
                .map_or(Revision::NONE, |last| last.revision());
            new = new.expect(Expect::At {
                stream: stream.clone(),
                revision,
            });
        }
        tokio::task::yield_now().await;
        let id = new.id;
        match store.append(new).await {
            Ok(_) => outcome.stored.insert(id),
            Err(AppendError::Conflict(_)) => outcome.in_conflict.insert(id),
            Err(error) => panic!("{error}"),
        };
    }
    outcome
}

/// Whether exactly the acknowledged commits are stored.
async fn stores_what_it_acknowledged(handles: &[AnyStore]) -> bool {
    let (seed, streams) = (seed(), [stream(), stream()]);
    let mut tasks = JoinSet::new();
    for (number, store) in (0..TASKS).zip(handles.iter().cycle()) {
        tasks.spawn(insist(
            Arc::clone(store),
            streams.clone(),
            part(seed, number),
        ));
    }
    let outcome = Outcome::of(tasks.join_all().await);
    assert!(outcome.stored.len() > 1 && !outcome.in_conflict.is_empty());
    commit_ids(&handles[0]).await == outcome.stored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_in_conflict_in_memory_is_not_stored_and_all_else_is_once() {
    assert!(stores_what_it_acknowledged(&memory().handles).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_in_conflict_in_a_file_is_not_stored_and_all_else_is_once() {
    assert!(stores_what_it_acknowledged(&sqlite(2).await.any().handles).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_forgets_what_it_acknowledged_is_found() {
    let faulty = FaultyStore::new(memory().store(), Fault::LosesAcknowledgedCommits);
    assert!(!stores_what_it_acknowledged(&[Arc::new(faulty)]).await);
}
