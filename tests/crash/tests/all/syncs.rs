//! Every commit is synced before it is acknowledged.

use std::fs;
use std::process::Command;

use crate::support::strace::{can_trace, traced};
use crate::support::worker;
use crate::trace::steps::{Operation, Recording};

const APPENDS: u64 = 50;

#[test]
fn every_append_that_comes_alone_has_a_sync_of_its_own() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let appends = worker::command("append", &store, &[1, 1, APPENDS]);
    let steps = record(&appends, &folder);
    assert_eq!(each_is_synced(&steps), Ok(APPENDS));
}

/// The control: a process that acknowledges without a sync is detected.
#[test]
fn a_missing_sync_is_noticed() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let lazy = worker::command("lazy", &folder.path().join("store.db"), &[APPENDS]);
    let steps = record(&lazy, &folder);
    assert!(each_is_synced(&steps).is_err());
}

/// Without sharing, each decision would wait for the sync of the one before.
#[test]
fn decisions_on_one_aggregate_share_their_syncs() {
    if !can_trace() {
        return;
    }
    let syncs = |tasks, decisions| {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        let steps = record(
            &worker::command("hot", &store, &[tasks, decisions]),
            &folder,
        );
        let is_sync = |operation: &Operation| matches!(operation, Operation::Synced { file, .. } if file == "-wal");
        steps
            .steps
            .iter()
            .filter(|step| is_sync(&step.operation))
            .count()
    };
    let (alone, together) = (syncs(1, 320), syncs(16, 20));
    println!("320 commits: {alone} syncs of one task, {together} of sixteen");
    assert!(alone >= 320 && together < 160);
}

pub(crate) fn record(run: &Command, folder: &tempfile::TempDir) -> Recording {
    let record = folder.path().join("record");
    let output = traced(run, &record, None).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let record = fs::read_to_string(record).unwrap();
    Recording::parse(&record, &folder.path().join("store.db"))
}

/// Counts the acknowledged commits, after checking that each was written to the log after the one
/// before and that the log was synced in between.
fn each_is_synced(steps: &Recording) -> Result<u64, String> {
    let (mut acknowledged, mut written, mut synced) = (0, false, false);
    for step in &steps.steps {
        match &step.operation {
            Operation::Wrote { file, .. } if file == "-wal" => (written, synced) = (true, false),
            Operation::Synced { file, failed } if file == "-wal" => synced = !failed,
            Operation::Printed(line) if line.starts_with("stored") => {
                if !(written && synced) {
                    return Err(format!("{line}, but written {written} and synced {synced}"));
                }
                acknowledged += 1;
                (written, synced) = (false, false);
            }
            _ => {}
        }
    }
    Ok(acknowledged)
}
