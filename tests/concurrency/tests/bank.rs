//! Sixteen tasks move money between two accounts whose total may not be overdrawn.

use std::collections::BTreeSet;
use std::sync::Arc;

use eventsource_concurrency_tests::bank::{Account, Refusal};
use eventsource_concurrency_tests::contents::{commit_ids, each_event};
use eventsource_concurrency_tests::linearizability::{Fault, FaultyStore};
use eventsource_concurrency_tests::seed::{part, seed};
use eventsource_concurrency_tests::stores::{AnyStore, memory, sqlite};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Draft, EventStore, ExecuteError, Id, Repository, transact};
use fastrand::Rng;
use tokio::task::JoinSet;

const TASKS: u64 = 16;
const TURNS: usize = 20;

/// The outcome of the commits that a task sent.
#[derive(Default)]
struct Outcome {
    stored: BTreeSet<Uuid>,
    /// The commits that were refused or in conflict.
    not_stored: BTreeSet<Uuid>,
    /// The change of the total of both accounts.
    change: i64,
}

impl Outcome {
    fn of(all: Vec<Self>) -> Self {
        all.into_iter().fold(Self::default(), |mut sum, mut one| {
            sum.stored.append(&mut one.stored);
            sum.not_stored.append(&mut one.not_stored);
            sum.change += one.change;
            sum
        })
    }
}

/// Draws the amounts by which a task changes each of the accounts.
fn draw(random: &mut Rng) -> [i64; 2] {
    let amount = random.i64(1..=60);
    // Withdrawals prevail, so that the accounts are nearly empty most of the time.
    match random.u8(0..10) {
        0..2 => [amount, -amount],
        2..5 => [amount, 0],
        5..7 => [-amount, 0],
        7..9 => [0, -amount],
        _ => [0, 0],
    }
}

/// Reads both accounts, but writes only those that change.
fn decide(accounts: &mut [Draft<Account>; 2], by: [i64; 2]) -> Result<(), Refusal> {
    let together: i64 = accounts
        .iter_mut()
        .map(|account| account.state().balance)
        .sum();
    if together + by[0] + by[1] < 0 {
        return Err(Refusal::NotEnough);
    }
    for (account, by) in accounts.iter_mut().zip(by) {
        if by != 0 {
            account.decide(|account| account.change(by, together))?;
        }
    }
    Ok(())
}

async fn move_money(
    accounts: Repository<Account>,
    ids: [Id<Account>; 2],
    mut random: Rng,
) -> Outcome {
    let mut outcome = Outcome::default();
    for _ in 0..TURNS {
        let (commit_id, by) = (Uuid::now_v7(), draw(&mut random));
        let decided = transact(ids.map(|id| accounts.at(id)), |both| decide(both, by))
            .commit_id(commit_id)
            .await;
        match decided {
            Ok(receipt) if receipt.events > 0 => {
                outcome.stored.insert(commit_id);
                outcome.change += by[0] + by[1];
            }
            Ok(_) | Err(ExecuteError::Refused(_) | ExecuteError::Conflict(_)) => {
                outcome.not_stored.insert(commit_id);
            }
            Err(error) => panic!("{error}"),
        }
    }
    outcome
}

/// A stored event.
#[derive(serde::Deserialize)]
struct Change {
    by: i64,
    seen: i64,
}

/// The totals of both accounts before each commit and after the last.
#[derive(Default)]
struct Books {
    sums: Vec<i64>,
    /// The number of commits that were decided on another total than the one before them.
    skewed: usize,
}

impl Books {
    async fn of(store: &dyn EventStore) -> Self {
        let (mut books, mut last, mut sum) = (Self::default(), None, 0);
        each_event(store, |event| {
            let change = serde_json::from_slice(event.payload);
            let Change { by, seen } = change.expect("it is a change");
            let commit = event.commit.id;
            if last.replace(commit) != Some(commit) {
                books.sums.push(sum);
                books.skewed += usize::from(seen != sum);
            }
            sum += by;
        })
        .await;
        books.sums.push(sum);
        books
    }

    fn lowest(&self) -> i64 {
        self.sums.iter().copied().min().unwrap_or_default()
    }

    fn last(&self) -> i64 {
        self.sums.last().copied().unwrap_or_default()
    }
}

/// Runs sixteen tasks on two accounts, each as if in its own process, over all handles of a store.
async fn work(handles: &[AnyStore], fault: Fault, seed: u64) -> Outcome {
    let (ids, mut tasks) = ([Id::new(), Id::new()], JoinSet::new());
    for (number, store) in (0..TASKS).zip(handles.iter().cycle()) {
        let accounts = Repository::new(FaultyStore::new(Arc::clone(store), fault));
        tasks.spawn(move_money(accounts, ids, part(seed, number)));
    }
    Outcome::of(tasks.join_all().await)
}

async fn assert_no_money_is_made_or_lost(handles: &[AnyStore]) {
    let outcome = work(handles, Fault::ReportsAnotherId, seed()).await;
    let books = Books::of(&handles[0]).await;
    assert_eq!(
        books.skewed, 0,
        "commits that were decided on a stale state"
    );
    assert!(books.lowest() >= 0, "the accounts were overdrawn");
    assert_eq!(books.last(), outcome.change);
    assert_eq!(commit_ids(&handles[0]).await, outcome.stored);
    assert_eq!(
        outcome.stored.len() + outcome.not_stored.len(),
        (0..TASKS).count() * TURNS
    );
    println!("{} stored", outcome.stored.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_accounts_in_memory_are_never_overdrawn_together() {
    assert_no_money_is_made_or_lost(&memory().handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_accounts_in_a_file_are_never_overdrawn_together() {
    assert_no_money_is_made_or_lost(&sqlite(1).await.any().handles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_accounts_in_a_file_of_two_handles_are_never_overdrawn_together() {
    assert_no_money_is_made_or_lost(&sqlite(2).await.any().handles).await;
}

/// Without a check of streams that a commit only reads, two concurrent withdrawals both succeed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_skews_is_found() {
    let seed = seed();
    for round in 0..50 {
        let store = memory().store();
        let fault = Fault::ChecksOnlyWrittenStreams;
        work(&[Arc::clone(&store)], fault, part(seed, round).u64(..)).await;
        let books = Books::of(&store).await;
        if books.skewed > 0 && books.lowest() < 0 {
            return;
        }
    }
    panic!("not detected in 50 rounds");
}
