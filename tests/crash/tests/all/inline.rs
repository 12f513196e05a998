//! The process is killed while a projection is built and registered that appends take along.

use std::path::Path;
use std::time::Duration;

use eventsource_core::Horizon;
use eventsource_crash_tests::Told;
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

/// It is registered with all of its rows, or not at all; and from then on with every event.
#[test]
fn rows_of_appends_are_whole_or_not_registered_after_forty_kills() {
    let mut random = Rng::with_seed(seeds::seed("forty kills of inline projections"));
    let folder = tempfile::tempdir().unwrap();
    let (path, mut told) = (folder.path().join("store.db"), Told::default());
    let history = Worker::start(command("append", &path, &[1, TASKS, 400]));
    assert!(history.finish(&mut told).success());
    let mut registered = 0;
    for round in 0..ROUNDS {
        let arguments = [(round + 1) * 2 * TASKS, TASKS, 20];
        let worker = Worker::start(command("inline", &path, &arguments));
        let pause = Duration::from_micros(random.u64(..20_000));
        // While it is built there is little to hear, and much to interrupt.
        worker.hear(random.usize(1..5) * random.usize(1..40), pause, &mut told);
        worker.kill(&mut told);
        match block_on(look(&path, &told)) {
            Ok(is_registered) => registered += u64::from(is_registered),
            Err(error) => panic!("round {round}: {error}"),
        }
    }
    println!("registered after {registered} of {ROUNDS} kills");
    assert_eq!(block_on(finish(&path)), Ok(()));
}

/// The rows are in the transaction of their events, and the power is cut while there are none, while
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
    let (path, mut told) = (folder.path().join("store.db"), Told::default());
    let worker = Worker::start(command("inline", &path, &[1, TASKS, 20]));
    worker.hear(100, Duration::ZERO, &mut told);
    worker.kill(&mut told);
    assert_eq!(block_on(look(&path, &told)), Ok(true));
    let spoil = "UPDATE contents_v1 SET row = json_set(row, '$.version', row ->> 'version' - 1)
        WHERE root_id = (SELECT min(root_id) FROM contents_v1)";
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(connection.execute(spoil, []), Ok(1));
    drop(connection);
    assert!(block_on(look(&path, &told)).is_err());
}

/// Opens the store with the projection, if it is registered.
pub(crate) async fn open_as_registered(path: &Path) -> Result<SqliteStore, String> {
    let store = open(path).await?;
    if contents(&store).await?.is_none() {
        return Ok(store);
    }
    store.close().await;
    let options = SqliteStore::options().inline::<Contents>();
    options.open(path).await.map_err(|error| error.to_string())
}

/// Whether it is registered, with the rows that the events make.
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

/// The same, and that what was told is there.
async fn look(path: &Path, told: &Told) -> Result<bool, String> {
    let store = open(path).await?;
    let verified = store.verify().await;
    verified.map_err(|error| error.to_string())?;
    let history = read(&store, Horizon::START).await.unwrap();
    check(&history, told)?;
    let checked = check_rows(&store).await;
    store.close().await;
    checked
}

/// The rows are whole after it is registered once more, and after they are built anew.
async fn finish(path: &Path) -> Result<(), String> {
    let options = SqliteStore::options().register_inline::<Contents>();
    let store = options.open(path).await;
    let store = store.map_err(|error| error.to_string())?;
    assert!(check_rows(&store).await?);
    let rebuilt = store.rebuild_inline::<Contents>().await;
    rebuilt.map_err(|error| error.to_string())?;
    assert!(check_rows(&store).await?);
    store.close().await;
    Ok(())
}
