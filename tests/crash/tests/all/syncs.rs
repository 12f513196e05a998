//! The disk is asked before a commit is acknowledged.

use std::fs;
use std::process::Command;

use crate::support::strace::{can_trace, traced};
use crate::support::worker;
use crate::trace::steps::{Deed, Recording};

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

/// The control: the same of a process that does not wait for the disk.
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

/// Or each would wait for the sync of the one before.
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
        let is_sync = |deed: &Deed| matches!(deed, Deed::Synced { file, .. } if file == "-wal");
        steps
            .steps
            .iter()
            .filter(|step| is_sync(&step.deed))
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

/// How many commits were acknowledged, if each of them was written to the log after the one
/// before, and the log was synced after that.
fn each_is_synced(steps: &Recording) -> Result<u64, String> {
    let (mut acknowledged, mut written, mut synced) = (0, false, false);
    for step in &steps.steps {
        match &step.deed {
            Deed::Wrote { file, .. } if file == "-wal" => (written, synced) = (true, false),
            Deed::Synced { file, failed } if file == "-wal" => synced = !failed,
            Deed::Told(line) if line.starts_with("stored") => {
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
