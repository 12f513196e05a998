//! Sixteen tasks decide on one account. Each decision has to see exactly the events stored before its
//! own, and each result, also a refusal, has to hold at some time between request and result.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsource_concurrency_tests::bank::{Account, AccountEvent, Refusal};
use eventsource_concurrency_tests::contents::each_event;
use eventsource_concurrency_tests::drop_after::drop_after;
use eventsource_concurrency_tests::linearizability::{Fault, FaultyStore};
use eventsource_concurrency_tests::seed::{part, seed};
use eventsource_concurrency_tests::stores::{AnyStore, memory, sqlite};
use eventsource_core::store::ReadStream;
use eventsource_core::{EventStore, ExecuteError, Id, Repository};
use fastrand::Rng;
use tokio::task::{JoinSet, yield_now};

const TASKS: u64 = 16;
const TURNS: usize = 60;

/// A stored event: the change of the balance, and the number of changes that the decision saw.
#[derive(serde::Deserialize)]
struct Change {
    by: i64,
    seen: i64,
}

/// The result of a decision.
struct Answered {
    /// The number of stored changes before the request.
    before: i64,
    /// The number of stored changes after the result.
    after: i64,
    /// The number of changes and the balance that the decision saw.
    saw: (i64, i64),
    /// The change of the balance, unless the decision was refused.
    stored: Option<i64>,
}

/// Counts the stored changes.
async fn changes(store: &dyn EventStore, accounts: &Repository<Account>, id: Id<Account>) -> i64 {
    let last = ReadStream::backward(accounts.stream(id), u64::MAX).limit(1);
    let last = store.read_stream(last).await.expect("it can be read");
    let version = last.events().next().map_or(0, |event| event.version);
    i64::try_from(version).expect("there are few")
}

/// Decides many times. Withdrawals prevail, so that some are refused.
async fn work(
    store: AnyStore,
    accounts: Repository<Account>,
    id: Id<Account>,
    mut random: Rng,
) -> Vec<Answered> {
    let mut answers = Vec::new();
    for _ in 0..TURNS {
        let by = random.i64(-20..=15);
        let before = changes(&*store, &accounts, id).await;
        let mut saw = (0, 0);
        let decided = accounts.execute(id, |account| {
            let changes = i64::try_from(account.changes).expect("there are few");
            saw = (changes, account.balance);
            if account.balance + by < 0 {
                return Err(Refusal::NotEnough);
            }
            account.change(by, changes)
        });
        let stored = match decided.await {
            Ok(_) => Some(by),
            Err(ExecuteError::Refused(_)) => None,
            Err(error) => panic!("{error}"),
        };
        let after = changes(&*store, &accounts, id).await;
        answers.push(Answered {
            before,
            after,
            saw,
            stored,
        });
        if random.u8(0..4) == 0 {
            yield_now().await;
        }
    }
    answers
}

/// Compares the results with the stored events and lists the differences.
async fn mistakes(store: &dyn EventStore, answers: &[Answered]) -> Vec<String> {
    let (mut mistakes, mut balances) = (Vec::new(), vec![0]);
    each_event(store, |event| {
        let Change { by, seen } = serde_json::from_slice(event.payload).expect("a change");
        if seen + 1 != i64::try_from(event.version).expect("there are few") {
            mistakes.push(format!("version {} was decided on {seen}", event.version));
        }
        balances.push(balances[balances.len() - 1] + by);
    })
    .await;
    let stored: i64 = answers.iter().filter_map(|answer| answer.stored).sum();
    if balances.last() != Some(&stored) {
        mistakes.push(format!("{stored} were acknowledged, {:?}", balances.last()));
    }
    for Answered {
        before, after, saw, ..
    } in answers
    {
        if saw.0 < *before {
            mistakes.push(format!("{before} were stored, the answer is of {}", saw.0));
        }
        if saw.0 > *after {
            mistakes.push(format!("{after} are stored, the answer is of {}", saw.0));
        }
        let so = usize::try_from(saw.0).ok().and_then(|at| balances.get(at));
        if so != Some(&saw.1) {
            mistakes.push(format!("{} at {} never was", saw.1, saw.0));
        }
    }
    mistakes
}

/// Runs tasks and lists the mistakes in their results. With `others`, half of the tasks use a
/// repository that does not queue with the first one, as in another process.
async fn run(
    handles: &[AnyStore],
    fault: Option<Fault>,
    others: bool,
    cached: bool,
) -> Vec<String> {
    let (seed, id, mut tasks) = (seed(), Id::new(), JoinSet::new());
    let repository = |store: AnyStore| {
        let accounts = Repository::<Account>::new(store);
        if cached { accounts.cached(2) } else { accounts }
    };
    let faulty =
        |store: &AnyStore, fault| Arc::new(FaultyStore::new(Arc::clone(store), fault)) as AnyStore;
    let first = &handles[0];
    let here = match fault {
        Some(fault) => faulty(first, fault),
        None => Arc::clone(first),
    };
    let mut processes = vec![repository(here)];
    if others {
        let last = handles.last().expect("there is one");
        processes.push(repository(faulty(last, Fault::ReportsAnotherId)));
    }
    for (number, accounts) in (0..TASKS).zip(processes.iter().cycle()) {
        let store = Arc::clone(first);
        tasks.spawn(work(store, accounts.clone(), id, part(seed, number)));
    }
    let answers: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let refused = answers.iter().filter(|it| it.stored.is_none()).count();
    println!("{} answers, {refused} refusals", answers.len());
    assert!(refused > 0 && refused < answers.len());
    mistakes(&**first, &answers).await
}

async fn assert_right(handles: &[AnyStore], others: bool, cached: bool) {
    let mistakes = run(handles, None, others, cached).await;
    assert_eq!(mistakes, [""; 0]);
}

/// Builds a store in memory whose appends yield. Without that, no decision would be pipelined.
fn slow_memory() -> [AnyStore; 1] {
    let waits = FaultyStore::new(memory().store(), Fault::ReportsAnotherId);
    [Arc::new(waits)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_of_one_process_is_true_in_memory() {
    assert_right(&slow_memory(), false, false).await;
    assert_right(&slow_memory(), false, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_of_two_processes_is_true_in_memory() {
    assert_right(&slow_memory(), true, false).await;
    assert_right(&slow_memory(), true, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_of_one_process_is_true_in_a_file() {
    assert_right(&sqlite(1).await.any().handles, false, false).await;
    assert_right(&sqlite(1).await.any().handles, false, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_of_two_processes_is_true_in_a_file() {
    assert_right(&sqlite(2).await.any().handles, true, false).await;
    assert_right(&sqlite(2).await.any().handles, true, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_stores_in_spite_of_a_conflict_is_found() {
    let store = [memory().store()];
    let fault = Some(Fault::IgnoresConflicts);
    assert_ne!(run(&store, fault, true, false).await, [""; 0]);
}

/// A cached state has to be compared with the store; otherwise it gives outdated refusals.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_reads_the_old_stream_is_found() {
    for _ in 0..50 {
        let store = [memory().store()];
        let fault = Some(Fault::ReadsStaleStreams);
        let run = tokio::spawn(async move { run(&store, fault, true, true).await });
        // A stale page may also be inconsistent, which is an error.
        if run.await.map_or(true, |mistakes| !mistakes.is_empty()) {
            return;
        }
    }
    panic!("not detected in 50 rounds");
}

/// Drops decisions after every number of polls, while other decisions are pending.
async fn drop_at_every_poll(store: AnyStore) {
    let accounts = Repository::<Account>::new(Arc::clone(&store));
    let (id, stop) = (Id::new(), Arc::<AtomicBool>::default());
    let add = move |accounts: &Repository<Account>, by| {
        accounts.execute(id, move |account| -> Result<AccountEvent, Refusal> {
            account.change(by, i64::try_from(account.changes).expect("there are few"))
        })
    };
    let mut others = JoinSet::new();
    for _ in 0..4 {
        let (accounts, stop) = (accounts.clone(), Arc::clone(&stop));
        others.spawn(async move {
            let mut stored = 0;
            while !stop.load(Ordering::Relaxed) {
                add(&accounts, 0).await.expect("it is decided again");
                stored += 1;
            }
            stored
        });
    }
    let (mut acknowledged, mut number) = (BTreeSet::new(), 0);
    for _ in 0..30 {
        for polls in 0.. {
            number += 1;
            if let Some(answer) = drop_after(polls, add(&accounts, number).into_future()).await {
                answer.expect("it is decided again");
                acknowledged.insert(number);
                break;
            }
            yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let stored: usize = others.join_all().await.into_iter().sum();
    add(&accounts, 0).await.expect("it goes on");

    let (mut dropped, mut found) = (BTreeSet::new(), 0);
    each_event(&*store, |event| {
        let Change { by, seen } = serde_json::from_slice(event.payload).expect("a change");
        assert_eq!(
            seen + 1,
            i64::try_from(event.version).expect("there are few")
        );
        if by == 0 {
            found += 1;
        } else {
            assert!(dropped.insert(by), "{by} is stored twice");
        }
    })
    .await;
    assert_eq!(found, stored + 1, "nothing of the others is lost");
    assert!(acknowledged.is_subset(&dropped));
    println!("{number} begun, {} stored", dropped.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn decisions_dropped_at_any_poll_stop_nobody_in_memory() {
    let [store] = slow_memory();
    drop_at_every_poll(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn decisions_dropped_at_any_poll_stop_nobody_in_a_file() {
    drop_at_every_poll(Arc::new(sqlite(1).await.store())).await;
}
