//! Decisions whose futures are dropped at every poll.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_concurrency_tests::bank::{Account, AccountEvent, Refusal};
use eventsource_concurrency_tests::contents::commit_ids;
use eventsource_concurrency_tests::drop_after::drop_after;
use eventsource_concurrency_tests::linearizability::{Fault, FaultyStore};
use eventsource_concurrency_tests::stores::{AnyStore, memory, sqlite};
use eventsource_core::repository::{Execute, Target};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Id, Repository};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Executes a command with two events, the second of which reverses the first.
fn there_and_back(
    accounts: &Repository<Account>,
    id: Id<Account>,
) -> Execute<'static, Target<Account>, Refusal> {
    accounts.execute(id, |_| {
        let by = |by| AccountEvent::Changed { by, seen: 0 };
        Ok([by(5), by(-5)])
    })
}

async fn decide_on(accounts: Repository<Account>, id: Id<Account>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        there_and_back(&accounts, id)
            .await
            .expect("it is decided again");
    }
}

/// Drops a decision after every number of polls until it completes, many times, while others decide
/// on the same aggregate: one that queues with it, and one as if in another process. Returns the
/// acknowledged and the dropped commits.
async fn drop_at_every_poll(store: AnyStore) -> [BTreeSet<Uuid>; 2] {
    let elsewhere = FaultyStore::new(Arc::clone(&store), Fault::ReportsAnotherId);
    let elsewhere = Repository::<Account>::new(elsewhere);
    let (accounts, id) = (Repository::<Account>::new(store), Id::new());
    let stop = Arc::<AtomicBool>::default();
    let mut others = JoinSet::new();
    for accounts in [accounts.clone(), elsewhere] {
        others.spawn(decide_on(accounts, id, Arc::clone(&stop)));
    }
    let (mut acknowledged, mut dropped) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..20 {
        for polls in 0.. {
            let commit_id = Uuid::now_v7();
            let deciding = there_and_back(&accounts, id).commit_id(commit_id);
            if let Some(answer) = drop_after(polls, deciding.into_future()).await {
                answer.expect("it is decided again");
                acknowledged.insert(commit_id);
                break;
            }
            dropped.insert(commit_id);
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    others.join_all().await;
    there_and_back(&accounts, id).await.expect("it goes on");

    let account = accounts.load(id).await.expect("it can be loaded");
    assert_eq!(account.balance, 0, "a decision was torn");
    [acknowledged, dropped]
}

fn assert_acknowledged(stored: &BTreeSet<Uuid>, [acknowledged, dropped]: &[BTreeSet<Uuid>; 2]) {
    assert_eq!(acknowledged.len(), 20);
    assert!(acknowledged.is_subset(stored));
    let unheard = dropped.intersection(stored).count();
    println!("{} dropped, {unheard} of them stored", dropped.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_decision_dropped_at_any_poll_is_whole_or_nothing_in_a_file() {
    let tested = sqlite(1).await;
    let store = tested.store();
    let sent = drop_at_every_poll(Arc::new(store.clone())).await;
    assert_acknowledged(&commit_ids(&store).await, &sent);
    store.verify().await.expect("the file is sound");
    let closed = timeout(Duration::from_secs(10), store.close()).await;
    closed.expect("it can be closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_decision_dropped_at_any_poll_is_whole_or_nothing_in_memory() {
    let store = memory().store();
    let sent = drop_at_every_poll(Arc::clone(&store)).await;
    assert_acknowledged(&commit_ids(&*store).await, &sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[should_panic(expected = "a decision was torn")]
async fn a_store_that_tears_a_commit_is_found() {
    let faulty = FaultyStore::new(memory().store(), Fault::TearsCommits);
    drop_at_every_poll(Arc::new(faulty)).await;
}
