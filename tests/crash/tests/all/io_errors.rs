//! Writes or syncs of the disk fail.

use std::path::Path;

use eventsource_core::{Horizon, StreamStore};
use eventsource_crash_tests::{Report, commit, number};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::check::check;
use crate::support::faulty::{Faulty, run_faulty};
use crate::support::history::read;
use crate::support::strace::can_trace;
use crate::support::{block_on, seeds};
use crate::trace::cut::cut;
use crate::trace::disk::Ignored;
use crate::trace::steps::Operation;

const SYNC: &str = "fsync,fdatasync:error=EIO";
const WRITE: &str = "pwrite64:error=EIO";

#[test]
fn after_a_sync_that_failed_nothing_is_acknowledged_and_nothing_is_lost() {
    if !can_trace() {
        return;
    }
    for is_new in [true, false] {
        for when in ["1", "2", "3", "4", "5", "6", "7", "9", "12", "8+"] {
            let faulty = run_faulty(&format!("{SYNC}:when={when}"), is_new, (2, 6));
            check_run(&faulty);
        }
    }
}

#[test]
fn after_a_write_that_failed_nothing_is_acknowledged_and_nothing_is_lost() {
    if !can_trace() {
        return;
    }
    let mut random = Rng::with_seed(seeds::seed("failing writes"));
    for is_new in [true, false] {
        let first = [1, 2, 3, 4, 12].into_iter();
        let later = (0..10).map(|_| random.u32(15..150));
        for when in first.chain(later).collect::<Vec<_>>() {
            let faulty = run_faulty(&format!("{WRITE}:when={when}"), is_new, (2, 6));
            check_run(&faulty);
        }
    }
}

/// SQLite reports the failure only after it has confirmed that the log is used.
#[test]
fn a_store_whose_log_cannot_be_begun_is_not_opened() {
    if !can_trace() {
        return;
    }
    for inject in [format!("{SYNC}:when=1"), format!("{WRITE}:when=2")] {
        let faulty = run_faulty(&inject, true, (1, 3));
        assert_eq!(faulty.steps.injected[0].1, "-journal");
        assert!(!faulty.was_opened, "{inject}");
    }
}

/// The appends are not affected, and nothing is lost even with a power cut: the log is kept until
/// a checkpoint succeeds.
#[test]
fn a_checkpoint_that_fails_costs_nothing() {
    if !can_trace() {
        return;
    }
    // Enough appends for an automatic checkpoint.
    let appends = (1, 160);
    let dry = run_faulty(&format!("{SYNC}:when=9999"), false, appends);
    let is_sync = |operation: &Operation| {
        matches!(operation, Operation::Synced { .. } | Operation::SyncedNames)
    };
    let of_main = |operation: &Operation| matches!(operation, Operation::Synced { file, .. } if file.is_empty());
    let is_write = |operation: &Operation| matches!(operation, Operation::Wrote { .. });
    let to_main = |operation: &Operation| matches!(operation, Operation::Wrote { file, .. } if file.is_empty());
    // The thread that opens the store syncs the directory once.
    let sync = dry.count_until(is_sync, of_main) - 1;
    let write = dry.count_until(is_write, to_main);
    for inject in [
        format!("{SYNC}:when={sync}"),
        format!("{WRITE}:when={write}"),
        format!("{WRITE}:when={}", write + 3),
    ] {
        // The number of pages in the log depends on the ids of the commits, so not every run hits it.
        let mut runs = (0..50).map(|_| run_faulty(&inject, false, appends));
        let hits_main = |faulty: &Faulty| {
            let mut injected = faulty.steps.injected.iter();
            injected.next().is_some_and(|(_, file)| file.is_empty())
        };
        let faulty = runs.find(hits_main).expect("one hits the main file");
        assert_eq!(faulty.report.stored.len(), 160, "{inject}");
        check_run(&faulty);
    }
}

/// Checks what holds for every failure.
fn check_run(faulty: &Faulty) {
    let Faulty {
        inject,
        steps,
        report,
        ..
    } = faulty;
    assert!(
        report.too_late.is_empty(),
        "{inject}: {:?}",
        report.too_late
    );
    if faulty.hit_a_commit() {
        assert!(!report.unknown.is_empty(), "{inject} hit a commit");
    }
    for (id, kind) in &report.refused {
        assert_eq!(kind, "Io", "{inject}: {id}");
    }
    if let Err(error) = block_on(settle(&faulty.store(), report)) {
        panic!("{inject}: {error}");
    }
    let seeds = seeds::seeds(inject, 8);
    let failures = seeds::failures(&seeds, |seed| cut(steps, seed, Ignored::Nothing));
    assert!(
        failures.is_empty(),
        "{inject} and a power cut: {failures:?}"
    );
}

/// Checks the report, and retries each commit of unknown outcome by its id.
async fn settle(store: &Path, report: &Report) -> Result<(), String> {
    let store = SqliteStore::open(store).await;
    let store = store.map_err(|error| error.to_string())?;
    let history = read(&store, Horizon::START).await;
    let history = history.map_err(|error| error.to_string())?;
    check(&history, report)?;
    for id in &report.unknown {
        let was_stored = history.iter().any(|read| read.header.id == *id);
        let (writer, number) = number(*id);
        let again = store.append(commit(writer, number)).await;
        let again = again.map_err(|error| error.to_string())?;
        if again.repeated != was_stored {
            return Err(format!("{id} was stored: {was_stored}, and is: {again:?}"));
        }
    }
    let history = read(&store, Horizon::START).await;
    check(&history.map_err(|error| error.to_string())?, report)?;
    store.verify().await.map_err(|error| error.to_string())
}
