//! The power is cut at any moment of a short run of a store.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::support::strace::{can_trace, traced};
use crate::support::{seeds, worker};
use crate::trace::cut::cut;
use crate::trace::disk::Ignored;
use crate::trace::steps::{Operation, Recording};

#[test]
fn what_was_acknowledged_before_a_power_cut_is_there_afterwards() {
    let Some(run) = Run::record("power-cut") else {
        return;
    };
    let failures = run.failures(2_000, Ignored::Nothing);
    let kept = (!failures.is_empty()).then(|| run.keep());
    let sample = failures.first();
    assert!(
        failures.is_empty(),
        "{} power cuts; run one again with CRASH_SEED and CRASH_TRACE={kept:?}: {sample:?}",
        failures.len()
    );
}

/// The control: if any kind of sync is left out, some power cut shows it.
#[test]
fn a_store_that_leaves_a_sync_out_is_found_out() {
    let Some(run) = Run::record("power-cut") else {
        return;
    };
    let left_out = [
        Ignored::Everything,
        Ignored::File("-wal"),
        Ignored::File(""),
        Ignored::Names,
    ];
    for ignored in left_out {
        let failures = run.failures(150, ignored);
        println!("without {ignored:?}: {} of 150 power cuts", failures.len());
        assert!(seeds::is_repeated() || !failures.is_empty(), "{ignored:?}");
    }
}

/// The recorded system calls of a run.
pub(crate) struct Run {
    record: String,
    steps: Recording,
}

impl Run {
    pub(crate) fn record(role: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let record = match env::var_os("CRASH_TRACE") {
            Some(kept) => fs::read_to_string(PathBuf::from(kept)).unwrap(),
            None if can_trace() => record(role, folder.path()),
            None => return None,
        };
        let (store, calls) = record.split_once('\n').unwrap();
        let steps = Recording::parse(calls, Path::new(store));
        let synced = |file: &str| {
            let is_sync = |operation: &Operation| matches!(operation, Operation::Synced { file: synced, .. } if synced == file);
            steps.steps.iter().any(|step| is_sync(&step.operation))
        };
        assert!(synced("") && synced("-wal"), "the run writes both files");
        Some(Self { record, steps })
    }

    pub(crate) fn failures(&self, count: u64, ignored: Ignored) -> Vec<(u64, String)> {
        let seeds = seeds::seeds("power cut", count);
        seeds::failures(&seeds, |seed| cut(&self.steps, seed, ignored))
    }

    /// Saves the record, so that the run can be replayed.
    pub(crate) fn keep(&self) -> PathBuf {
        let (_, kept) = tempfile::NamedTempFile::new().unwrap().keep().unwrap();
        fs::write(&kept, &self.record).unwrap();
        kept
    }
}

/// Runs a worker under strace. The first line of the result is the path of the store.
fn record(role: &str, folder: &Path) -> String {
    let (store, record) = (folder.join("store.db"), folder.join("record"));
    let run = worker::command(role, &store, &[]);
    let output = traced(&run, &record, None).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let calls = fs::read_to_string(record).unwrap();
    format!("{}\n{calls}", store.display())
}
