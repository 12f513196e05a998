//! The process is killed while many of its tasks append.

use std::path::Path;
use std::time::Duration;

use eventsource_core::Horizon;
use eventsource_crash_tests::Report;
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
    let (store, mut report) = (folder.path().join("store.db"), Report::default());
    for round in 0..ROUNDS {
        run_and_kill("append", &store, round, &mut random, &mut report);
        // In the other rounds the next process opens the files as the killed one left them.
        if random.u8(..4) == 0 {
            assert_eq!(
                block_on(check_store(&store, &report)),
                Ok(()),
                "round {round}"
            );
        }
    }
    println!("{} appends were acknowledged", report.stored.len());
    assert_eq!(block_on(check_store(&store, &report)), Ok(()));
}

/// The control.
#[test]
fn a_store_that_acknowledges_early_is_found_out() {
    let mut random = Rng::with_seed(seeds::seed("early acknowledgements"));
    let found = (0..20).any(|_| {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut report) = (folder.path().join("store.db"), Report::default());
        run_and_kill("acknowledge-early", &store, 0, &mut random, &mut report);
        let looked = block_on(check_store(&store, &report));
        looked.is_err_and(|error| error.contains("acknowledged and is not stored"))
    });
    assert!(found);
}

/// Runs a process, whose writers are new in each round, and kills it.
fn run_and_kill(role: &str, store: &Path, round: u64, random: &mut Rng, report: &mut Report) {
    let mut arguments = vec![(round + 1) * TASKS, TASKS];
    if role == "append" {
        arguments.push(0);
    }
    let worker = Worker::start(command(role, store, &arguments));
    // Some are killed while they start.
    let lines = if random.u8(..5) == 0 {
        0
    } else {
        random.usize(1..150)
    };
    worker.read_lines(lines, Duration::from_micros(random.u64(..8_000)), report);
    worker.kill(report);
}

async fn check_store(store: &Path, report: &Report) -> Result<(), String> {
    let store = SqliteStore::open(store).await;
    let store = store.map_err(|error| error.to_string())?;
    store.verify().await.map_err(|error| error.to_string())?;
    let history = read(&store, Horizon::START).await;
    store.close().await;
    check(&history.map_err(|error| error.to_string())?, report)
}
