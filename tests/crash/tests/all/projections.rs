//! The process is killed while its tasks append and read models are maintained and rebuilt.

use std::path::Path;
use std::time::Duration;

use eventsource_core::EventLog;
use eventsource_crash_tests::Report;
use eventsource_crash_tests::projections::{folded, kept, runner};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};

const ROUNDS: u64 = 50;
const TASKS: u64 = 4;

/// Kills come between any two of read, fold, write, checkpoint and commit, with several page sizes.
#[test]
fn read_models_are_a_fold_of_the_store_after_fifty_kills() {
    let mut random = Rng::with_seed(seeds::seed("fifty kills of projections"));
    let folder = tempfile::tempdir().unwrap();
    let (path, mut report) = (folder.path().join("store.db"), Report::default());
    for round in 0..ROUNDS {
        let page = [1, 2, 7, 50, 2_000][random.usize(..5)];
        let arguments = [(round + 1) * TASKS, TASKS, page];
        let worker = Worker::start(command("project", &path, &arguments));
        let pause = Duration::from_micros(random.u64(..8_000));
        worker.read_lines(random.usize(1..60), pause, &mut report);
        worker.kill(&mut report);
        assert_eq!(block_on(check_store(&path)), Ok(()), "round {round}");
    }
    assert_eq!(block_on(finish(&path, &mut random)), Ok(()));
}

/// The control.
#[test]
fn a_row_that_missed_an_event_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let worker = Worker::start(command("project", &path, &[1, TASKS, 2_000]));
    let mut report = Report::default();
    worker.read_lines(100, Duration::ZERO, &mut report);
    worker.kill(&mut report);
    assert_eq!(block_on(finish(&path, &mut Rng::new())), Ok(()));
    let spoil = "UPDATE carts_v1 SET row = json_set(row, '$.events', row ->> 'events' - 1)
        WHERE root_id = (SELECT min(root_id) FROM carts_v1)";
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(connection.execute(spoil, []), Ok(1));
    drop(connection);
    assert!(block_on(check_store(&path)).is_err());
}

/// Checks that the rows are the fold of the events up to their checkpoint.
pub(crate) async fn check_store(path: &Path) -> Result<(), String> {
    let store = open(path).await?;
    let (position, carts, sizes) = kept(&store).await?;
    let head = store.head().await.map_err(|error| error.to_string())?;
    let expected = folded(&store, position).await?;
    store.close().await;
    if position.offset() > head.position().offset() {
        return Err(format!("the rows are at {position}, the head is {head}"));
    }
    if expected != (carts, sizes) {
        return Err(format!("the rows at {position} are no fold of the events"));
    }
    Ok(())
}

/// Runs the projections to the head and checks the rows.
pub(crate) async fn finish(path: &Path, random: &mut Rng) -> Result<(), String> {
    let store = open(path).await?;
    let caught_up = runner(&store, random.usize(1..500)).catch_up().await;
    let (position, ..) = kept(&store).await?;
    let head = store.head().await.map_err(|error| error.to_string())?;
    store.close().await;
    caught_up.map_err(|error| error.to_string())?;
    if position != head.position() {
        return Err(format!("the rows are at {position}, the head is {head}"));
    }
    check_store(path).await
}

pub(crate) async fn open(path: &Path) -> Result<SqliteStore, String> {
    let store = SqliteStore::open(path).await;
    store.map_err(|error| error.to_string())
}
