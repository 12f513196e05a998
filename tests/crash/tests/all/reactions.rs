//! The process is killed while its tasks append and a reactor reports events and executes commands.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::read_model::{Generation, ModelId};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Id, ReadModelStore, Repository};
use eventsource_crash_tests::Report;
use eventsource_crash_tests::reactions::{Counted, Tally, check, runner};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};

const ROUNDS: u64 = 30;
const TASKS: u64 = 2;
const COMMITS: u64 = 15;
/// The greatest number of events of a commit.
const LONGEST: u64 = 5;

/// Kills come between any two of the report, the command and the checkpoint of a reaction.
#[test]
fn each_event_is_told_of_in_order_and_counted_once_whatever_is_killed() {
    let mut random = Rng::with_seed(seeds::seed("kills of reactors"));
    let folder = tempfile::tempdir().unwrap();
    let (path, mut report) = (folder.path().join("store.db"), Report::default());
    for round in 0..ROUNDS {
        let arguments = [(round + 1) * TASKS, TASKS, COMMITS];
        let worker = Worker::start(command("react", &path, &arguments));
        let enough = report.reacted.len() + random.usize(1..60);
        while report.reacted.len() < enough {
            worker.read_lines(1, Duration::ZERO, &mut report);
        }
        let pause = Duration::from_micros(random.u64(..8_000));
        worker.read_lines(0, pause, &mut report);
        worker.kill(&mut report);
    }
    let deliveries = block_on(finish(&path, report.reacted));
    assert_eq!(block_on(check_store(&path, &deliveries)), Ok(()));

    let mut each: Vec<_> = deliveries.iter().map(|(_, position)| position).collect();
    each.sort_unstable();
    each.dedup();
    let repeated = (deliveries.len() - each.len()) as u64;
    println!("{} events, {repeated} of them delivered again", each.len());
    assert!(
        repeated <= ROUNDS * LONGEST,
        "no more than a commit at each kill"
    );
}

/// The control.
#[test]
fn what_is_missing_or_out_of_order_or_done_twice_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (worker, mut report) = (
        Worker::start(command("react", &path, &[1, TASKS, COMMITS])),
        Report::default(),
    );
    while report.reacted.len() < 20 {
        worker.read_lines(1, Duration::ZERO, &mut report);
    }
    worker.kill(&mut report);
    let deliveries = block_on(finish(&path, report.reacted));
    assert_eq!(block_on(check_store(&path, &deliveries)), Ok(()));

    let first = deliveries[0];
    let without: Vec<_> = deliveries
        .iter()
        .copied()
        .filter(|it| *it != first)
        .collect();
    assert!(block_on(check_store(&path, &without)).is_err());
    let backwards: Vec<_> = deliveries.iter().rev().copied().collect();
    assert!(block_on(check_store(&path, &backwards)).is_err());
    let mut other_id = deliveries.clone();
    other_id.push((Uuid::nil(), first.1));
    assert!(block_on(check_store(&path, &other_id)).is_err());
    block_on(count_again(&path, first.1));
    assert!(block_on(check_store(&path, &deliveries)).is_err());
}

/// Runs the reactor to the head, and adds its deliveries to those before.
async fn finish(path: &Path, deliveries: Vec<(Uuid, u64)>) -> Vec<(Uuid, u64)> {
    let store = open(path).await;
    let deliveries = Arc::new(Mutex::new(deliveries));
    let record = {
        let deliveries = Arc::clone(&deliveries);
        move |id, position| deliveries.lock().unwrap().push((id, position))
    };
    let runner = runner(&store, record);
    runner.catch_up().await.unwrap();
    while is_parked(&store).await {
        runner.catch_up().await.unwrap();
    }
    store.close().await;
    let deliveries = deliveries.lock().unwrap();
    deliveries.clone()
}

/// Whether a failed event was not retried yet.
async fn is_parked(store: &SqliteStore) -> bool {
    let counter = store.progress(ModelId::reactor("counter"), Generation::Serving);
    counter.await.unwrap().unwrap().parked > 0
}

async fn check_store(path: &Path, deliveries: &[(Uuid, u64)]) -> Result<(), String> {
    let store = open(path).await;
    let checked = check(&store, deliveries).await;
    store.close().await;
    checked
}

async fn count_again(path: &Path, position: u64) {
    let store = open(path).await;
    let tallies = Repository::<Tally>::new(store.clone());
    let count = |_: &Tally| Ok::<_, std::fmt::Error>(Counted { position });
    tallies.execute(Id::new(), count).await.unwrap();
    store.close().await;
}

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}
