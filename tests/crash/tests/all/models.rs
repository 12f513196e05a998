//! A read model follows while events are appended: appends keep their syncs, and after a power cut,
//! a failing disk or a kill its checkpoint agrees with its rows.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use eventsource_core::Horizon;
use eventsource_crash_tests::{Report, model};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::power_cut::Run;
use crate::support::check::check;
use crate::support::faulty::run_faulty_as;
use crate::support::history::read;
use crate::support::strace::can_trace;
use crate::support::worker::{Worker, command};
use crate::support::{block_on, seeds};
use crate::syncs::record;
use crate::trace::cut::cut;
use crate::trace::disk::Ignored;
use crate::trace::steps::Operation;

const APPENDS: u64 = 60;

#[test]
fn a_model_costs_no_append_its_sync_and_needs_none_itself() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let steps = record(&command("models", &store, &[1, 1, APPENDS]), &folder);
    // `written`: the log has writes that are not synced. `synced`: it was synced since the last
    // commit.
    let (mut counts, mut syncs, mut written, mut synced) = (HashMap::new(), 0, false, false);
    for step in &steps.steps {
        match &step.operation {
            Operation::Wrote { file, .. } if file == "-wal" => written = true,
            Operation::Synced { file, failed } if file == "-wal" && written => {
                assert!(!failed);
                (syncs, written, synced) = (syncs + 1, false, true);
            }
            Operation::Printed(line) => {
                let word = line.split(' ').next().unwrap().to_owned();
                if word == "stored" {
                    assert!(
                        synced,
                        "{line}, but nothing was synced since the one before"
                    );
                    synced = false;
                }
                *counts.entry(word).or_insert(0) += 1;
            }
            _ => {}
        }
    }
    assert_eq!(counts["stored"], APPENDS);
    println!("{counts:?}, {syncs} syncs");
    // The claim, the close and a new log need syncs as well.
    assert!(
        counts["modelled"] > 20 && syncs < APPENDS + 15,
        "{counts:?}: {syncs}"
    );
}

#[test]
fn after_a_power_cut_the_rows_are_those_of_the_events_up_to_the_checkpoint() {
    let Some(run) = Run::record("power-cut-models") else {
        return;
    };
    let failures = run.failures(1_500, Ignored::Nothing);
    let kept = (!failures.is_empty()).then(|| run.keep());
    let sample = failures.first();
    assert!(
        failures.is_empty(),
        "{} power cuts; run one again with CRASH_SEED and CRASH_TRACE={kept:?}: {sample:?}",
        failures.len()
    );
    // The control.
    let found = run.failures(150, Ignored::File("-wal"));
    assert!(seeds::is_repeated() || !found.is_empty());
}

#[test]
fn after_a_sync_or_a_write_that_failed_neither_event_nor_row_is_lost() {
    if !can_trace() {
        return;
    }
    let mut random = Rng::with_seed(seeds::seed("failing disks under models"));
    let syncs = (4..16).map(|when| format!("fsync,fdatasync:error=EIO:when={when}"));
    let writes = (0..10).map(|_| random.u32(15..300));
    let writes = writes.map(|when| format!("pwrite64:error=EIO:when={when}"));
    for inject in syncs.chain(writes.collect::<Vec<_>>()) {
        let faulty = run_faulty_as("models", &inject, true, (2, 12));
        let (steps, report) = (&faulty.steps, &faulty.report);
        assert!(
            report.too_late.is_empty(),
            "{inject}: {:?}",
            report.too_late
        );
        assert_eq!(
            block_on(check_store(&faulty.store(), report)),
            Ok(()),
            "{inject}"
        );
        let seeds = seeds::seeds(&inject, 8);
        let failures = seeds::failures(&seeds, |seed| cut(steps, seed, Ignored::Nothing));
        assert!(
            failures.is_empty(),
            "{inject} and a power cut: {failures:?}"
        );
    }
}

#[test]
fn after_kills_the_rows_are_those_of_the_events_up_to_the_checkpoint() {
    let mut random = Rng::with_seed(seeds::seed("kills under models"));
    let folder = tempfile::tempdir().unwrap();
    let (store, mut report) = (folder.path().join("store.db"), Report::default());
    for round in 0..20 {
        let worker = Worker::start(command("models", &store, &[round * 4, 4, 0]));
        let a_moment = Duration::from_micros(random.u64(..8_000));
        worker.read_lines(random.usize(1..150), a_moment, &mut report);
        worker.kill(&mut report);
        assert_eq!(
            block_on(check_store(&store, &report)),
            Ok(()),
            "round {round}"
        );
    }
}

async fn check_store(store: &Path, report: &Report) -> Result<(), String> {
    let store = SqliteStore::open(store).await;
    let store = store.map_err(|error| error.to_string())?;
    store.verify().await.map_err(|error| error.to_string())?;
    let history = read(&store, Horizon::START).await;
    let history = history.map_err(|error| error.to_string())?;
    let checked = check_model(&store, &history).await;
    store.close().await;
    checked?;
    check(&history, report)
}

/// Checks the rows of the model, if it was claimed, against the history.
pub(crate) async fn check_model(
    store: &SqliteStore,
    history: &[crate::support::history::Read],
) -> Result<(), String> {
    let found = model::read(store)
        .await
        .map_err(|error| error.to_string())?;
    let Some((position, found)) = found else {
        return Ok(());
    };
    let events = || history.iter().flat_map(|read| &read.events);
    let head = events().last().map_or(0, |event| event.position);
    if position.offset().get() > head {
        return Err(format!("the model is at {position}, the head is {head}"));
    }
    let mut counts = model::Counts::new();
    for event in events().filter(|event| event.position <= position.offset().get()) {
        model::count(&mut counts, event.event.stream.to_string(), event.position);
    }
    if found == counts {
        return Ok(());
    }
    Err(format!(
        "at {position} the rows are {found:?}, not {counts:?}"
    ))
}

/// The control: rows that do not agree with the checkpoint are detected.
#[test]
fn a_model_that_counts_an_event_twice_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let worker = Worker::start(command("models", &path, &[1, 1, 10]));
    assert!(worker.finish(&mut Report::default()).success());
    assert_eq!(
        block_on(check_store(&path, &Report::default())).map_err(|error| error.contains("issued")),
        Err(true)
    );
    for spoil in [
        "UPDATE counts_v1 SET \"row\" = '[1000,1]' WHERE stream = (SELECT min(stream) FROM counts_v1)",
        "UPDATE models SET position = position + 1000",
        "UPDATE models SET position = 1",
        "DELETE FROM counts_v1 WHERE stream = (SELECT min(stream) FROM counts_v1)",
    ] {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        rusqlite::Connection::open(&copy)
            .unwrap()
            .execute_batch(spoil)
            .unwrap();
        let noticed = block_on(check_store(&copy, &Report::default())).unwrap_err();
        assert!(
            ["the model", "the rows", "is not what was written"]
                .iter()
                .any(|it| noticed.contains(it)),
            "{spoil}: {noticed}"
        );
    }
}
