//! The process is killed while many of its tasks append and read models are kept and rebuilt.

use std::path::Path;
use std::time::Duration;

use eventsource_core::EventLog;
use eventsource_crash_tests::Told;
use eventsource_crash_tests::projections::{folded, kept, runner};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};

const ROUNDS: u64 = 50;
const TASKS: u64 = 4;

/// Between any two of read, fold, write, checkpoint and commit; with pages of every size.
#[test]
fn read_models_are_a_fold_of_the_store_after_fifty_kills() {
    let mut random = Rng::with_seed(seeds::seed("fifty kills of projections"));
    let folder = tempfile::tempdir().unwrap();
    let (path, mut told) = (folder.path().join("store.db"), Told::default());
    for round in 0..ROUNDS {
        let page = [1, 2, 7, 50, 2_000][random.usize(..5)];
        let arguments = [(round + 1) * TASKS, TASKS, page];
        let worker = Worker::start(command("project", &path, &arguments));
        let pause = Duration::from_micros(random.u64(..8_000));
        worker.hear(random.usize(1..60), pause, &mut told);
        worker.kill(&mut told);
        assert_eq!(block_on(look(&path)), Ok(()), "round {round}");
    }
    assert_eq!(block_on(finish(&path, &mut random)), Ok(()));
}

/// The control.
#[test]
fn a_row_that_missed_an_event_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let worker = Worker::start(command("project", &path, &[1, TASKS, 2_000]));
    let mut told = Told::default();
    worker.hear(100, Duration::ZERO, &mut told);
    worker.kill(&mut told);
    assert_eq!(block_on(finish(&path, &mut Rng::new())), Ok(()));
    let spoil = "UPDATE carts_v1 SET row = json_set(row, '$.events', row ->> 'events' - 1)
        WHERE root_id = (SELECT min(root_id) FROM carts_v1)";
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(connection.execute(spoil, []), Ok(1));
    drop(connection);
    assert!(block_on(look(&path)).is_err());
}

/// The rows are what the events up to their checkpoint make of them.
pub(crate) async fn look(path: &Path) -> Result<(), String> {
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

/// The same, after all that is left is taken in.
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
    look(path).await
}

pub(crate) async fn open(path: &Path) -> Result<SqliteStore, String> {
    let store = SqliteStore::open(path).await;
    store.map_err(|error| error.to_string())
}
