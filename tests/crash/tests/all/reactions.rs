//! The process is killed while its tasks append and a reactor tells of it, and commands.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::read_model::{Generation, Model};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Id, ReadModelStore, Repository};
use eventsource_crash_tests::Told;
use eventsource_crash_tests::reactions::{Counted, Tally, check, runner};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};

const ROUNDS: u64 = 30;
const TASKS: u64 = 2;
const COMMITS: u64 = 15;
/// A commit has no more events.
const LONGEST: u64 = 5;

/// Between any two of telling, commanding and writing down how far it is.
#[test]
fn each_event_is_told_of_in_order_and_counted_once_whatever_is_killed() {
    let mut random = Rng::with_seed(seeds::seed("kills of reactors"));
    let folder = tempfile::tempdir().unwrap();
    let (path, mut told) = (folder.path().join("store.db"), Told::default());
    for round in 0..ROUNDS {
        let arguments = [(round + 1) * TASKS, TASKS, COMMITS];
        let worker = Worker::start(command("react", &path, &arguments));
        let enough = told.reacted.len() + random.usize(1..60);
        while told.reacted.len() < enough {
            worker.hear(1, Duration::ZERO, &mut told);
        }
        let pause = Duration::from_micros(random.u64(..8_000));
        worker.hear(0, pause, &mut told);
        worker.kill(&mut told);
    }
    let told = block_on(finish(&path, told.reacted));
    assert_eq!(block_on(look(&path, &told)), Ok(()));

    let mut each: Vec<_> = told.iter().map(|(_, position)| position).collect();
    each.sort_unstable();
    each.dedup();
    let repeated = (told.len() - each.len()) as u64;
    println!("{} events, {repeated} of them told of again", each.len());
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
    let (worker, mut told) = (
        Worker::start(command("react", &path, &[1, TASKS, COMMITS])),
        Told::default(),
    );
    while told.reacted.len() < 20 {
        worker.hear(1, Duration::ZERO, &mut told);
    }
    worker.kill(&mut told);
    let told = block_on(finish(&path, told.reacted));
    assert_eq!(block_on(look(&path, &told)), Ok(()));

    let first = told[0];
    let without: Vec<_> = told.iter().copied().filter(|it| *it != first).collect();
    assert!(block_on(look(&path, &without)).is_err());
    let backwards: Vec<_> = told.iter().rev().copied().collect();
    assert!(block_on(look(&path, &backwards)).is_err());
    let mut other_id = told.clone();
    other_id.push((Uuid::nil(), first.1));
    assert!(block_on(look(&path, &other_id)).is_err());
    block_on(count_again(&path, first.1));
    assert!(block_on(look(&path, &told)).is_err());
}

/// Lets the reactor take all that is left, and tells that as well.
async fn finish(path: &Path, told: Vec<(Uuid, u64)>) -> Vec<(Uuid, u64)> {
    let store = open(path).await;
    let told = Arc::new(Mutex::new(told));
    let tell = {
        let told = Arc::clone(&told);
        move |id, position| told.lock().unwrap().push((id, position))
    };
    let runner = runner(&store, tell);
    runner.catch_up().await.unwrap();
    while is_parked(&store).await {
        runner.catch_up().await.unwrap();
    }
    store.close().await;
    let told = told.lock().unwrap();
    told.clone()
}

/// Whether anything failed at first, and was not tried again.
async fn is_parked(store: &SqliteStore) -> bool {
    let counter = store.progress_of(Model::reactor("counter"), Generation::Serving);
    counter.await.unwrap().unwrap().parked > 0
}

async fn look(path: &Path, told: &[(Uuid, u64)]) -> Result<(), String> {
    let store = open(path).await;
    let checked = check(&store, told).await;
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
