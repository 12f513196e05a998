//! The process is killed while an inline projection is built and registered.

use std::path::Path;
use std::time::Duration;

use eventsource_core::Horizon;
use eventsource_crash_tests::Report;
use eventsource_crash_tests::inline::{Contents, all_contents, contents};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::power_cut::Run;
use crate::support::check::check;
use crate::support::history::read;
use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};
use crate::trace::disk::Ignored;

const ROUNDS: u64 = 40;
const TASKS: u64 = 3;

/// The projection is registered with all of its rows or not at all, and then has every event.
#[test]
fn rows_of_appends_are_whole_or_not_registered_after_forty_kills() {
    let mut random = Rng::with_seed(seeds::seed("forty kills of inline projections"));
    let folder = tempfile::tempdir().unwrap();
    let (path, mut report) = (folder.path().join("store.db"), Report::default());
    let history = Worker::start(command("append", &path, &[1, TASKS, 400]));
    assert!(history.finish(&mut report).success());
    let mut registered = 0;
    for round in 0..ROUNDS {
        let arguments = [(round + 1) * 2 * TASKS, TASKS, 20];
        let worker = Worker::start(command("inline", &path, &arguments));
        let pause = Duration::from_micros(random.u64(..20_000));
        // The process reports little while the projection is built, and most kills should come then.
        worker.read_lines(random.usize(1..5) * random.usize(1..40), pause, &mut report);
        worker.kill(&mut report);
        match block_on(check_store(&path, &report)) {
            Ok(is_registered) => registered += u64::from(is_registered),
            Err(error) => panic!("round {round}: {error}"),
        }
    }
    println!("registered after {registered} of {ROUNDS} kills");
    assert_eq!(block_on(finish(&path)), Ok(()));
}

/// The rows are written in the transaction of their events. The power is cut before they exist, while
/// they are built, and afterwards.
#[test]
fn rows_of_appends_outlive_a_power_cut_with_their_events() {
    let Some(run) = Run::record("power-cut-inline") else {
        return;
    };
    let failures = run.failures(500, Ignored::Nothing);
    let kept = (!failures.is_empty()).then(|| run.keep());
    let (count, sample) = (failures.len(), failures.first());
    assert_eq!(count, 0, "CRASH_TRACE={kept:?}: {sample:?}");
}

/// The control.
#[test]
fn a_row_that_missed_an_append_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut report) = (folder.path().join("store.db"), Report::default());
    let worker = Worker::start(command("inline", &path, &[1, TASKS, 20]));
    worker.read_lines(100, Duration::ZERO, &mut report);
    worker.kill(&mut report);
    assert_eq!(block_on(check_store(&path, &report)), Ok(true));
    let spoil = "UPDATE contents_v1 SET row = json_set(row, '$.version', row ->> 'version' - 1)
        WHERE root_id = (SELECT min(root_id) FROM contents_v1)";
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(connection.execute(spoil, []), Ok(1));
    drop(connection);
    assert!(block_on(check_store(&path, &report)).is_err());
}

/// Opens the store with the projection, if it is registered.
pub(crate) async fn open_as_registered(path: &Path) -> Result<SqliteStore, String> {
    let store = open(path).await?;
    if contents(&store).await?.is_none() {
        return Ok(store);
    }
    store.close().await;
    let builder = SqliteStore::builder().inline::<Contents>();
    builder.open(path).await.map_err(|error| error.to_string())
}

/// Checks the rows against the events, and returns whether the projection is registered.
pub(crate) async fn check_rows(store: &SqliteStore) -> Result<bool, String> {
    match contents(store).await? {
        Some(rows) if rows != all_contents(store).await? => {
            Err("the rows are no fold of the events".to_owned())
        }
        rows => Ok(rows.is_some()),
    }
}

async fn open(path: &Path) -> Result<SqliteStore, String> {
    let store = SqliteStore::open(path).await;
    store.map_err(|error| error.to_string())
}

/// Checks the store against the report, and the rows as [`check_rows`] does.
async fn check_store(path: &Path, report: &Report) -> Result<bool, String> {
    let store = open(path).await?;
    let verified = store.verify().await;
    verified.map_err(|error| error.to_string())?;
    let history = read(&store, Horizon::START).await.unwrap();
    check(&history, report)?;
    let checked = check_rows(&store).await;
    store.close().await;
    checked
}

/// Checks the rows after another registration and after a rebuild.
async fn finish(path: &Path) -> Result<(), String> {
    let builder = SqliteStore::builder().register_inline::<Contents>();
    let store = builder.open(path).await;
    let store = store.map_err(|error| error.to_string())?;
    assert!(check_rows(&store).await?);
    let rebuilt = store.rebuild_inline::<Contents>().await;
    rebuilt.map_err(|error| error.to_string())?;
    assert!(check_rows(&store).await?);
    store.close().await;
    Ok(())
}
