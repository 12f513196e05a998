//! The process is killed while many of its tasks append.

use std::path::Path;
use std::time::Duration;

use eventsource_core::Horizon;
use eventsource_crash_tests::Told;
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::check::check;
use crate::support::history::read;
use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};

const ROUNDS: u64 = 50;
const TASKS: u64 = 16;

#[test]
fn what_was_acknowledged_outlives_fifty_kills() {
    let mut random = Rng::with_seed(seeds::seed("fifty kills"));
    let folder = tempfile::tempdir().unwrap();
    let (store, mut told) = (folder.path().join("store.db"), Told::default());
    for round in 0..ROUNDS {
        run_and_kill("append", &store, round, &mut random, &mut told);
        // In the other rounds the next process finds what the killed one left.
        if random.u8(..4) == 0 {
            assert_eq!(block_on(look(&store, &told)), Ok(()), "round {round}");
        }
    }
    println!("{} appends were acknowledged", told.stored.len());
    assert_eq!(block_on(look(&store, &told)), Ok(()));
}

/// The control.
#[test]
fn a_store_that_acknowledges_early_is_found_out() {
    let mut random = Rng::with_seed(seeds::seed("early acknowledgements"));
    let found = (0..20).any(|_| {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut told) = (folder.path().join("store.db"), Told::default());
        run_and_kill("acknowledge-early", &store, 0, &mut random, &mut told);
        let looked = block_on(look(&store, &told));
        looked.is_err_and(|error| error.contains("acknowledged and is not stored"))
    });
    assert!(found);
}

/// Each round has writers of its own.
fn run_and_kill(role: &str, store: &Path, round: u64, random: &mut Rng, told: &mut Told) {
    let mut arguments = vec![(round + 1) * TASKS, TASKS];
    if role == "append" {
        arguments.push(0);
    }
    let worker = Worker::start(command(role, store, &arguments));
    // Some are killed before they are quite there.
    let lines = if random.u8(..5) == 0 {
        0
    } else {
        random.usize(1..150)
    };
    worker.hear(lines, Duration::from_micros(random.u64(..8_000)), told);
    worker.kill(told);
}

async fn look(store: &Path, told: &Told) -> Result<(), String> {
    let store = SqliteStore::open(store).await;
    let store = store.map_err(|error| error.to_string())?;
    store.verify().await.map_err(|error| error.to_string())?;
    let history = read(&store, Horizon::START).await;
    store.close().await;
    check(&history.map_err(|error| error.to_string())?, told)
}
