//! A run in which a system call fails.

use std::fs;
use std::path::PathBuf;

use eventsource_crash_tests::Report;
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;

use super::block_on;
use super::strace::traced;
use super::worker;
use crate::trace::steps::{Operation, Recording};

/// The record of a run with an injected fault.
pub(crate) struct Faulty {
    pub(crate) inject: String,
    pub(crate) steps: Recording,
    pub(crate) report: Report,
    pub(crate) was_opened: bool,
    folder: TempDir,
}

/// Runs a process that appends to a new or an existing store while a system call fails. `size` is the
/// number of tasks and the number of commits of each.
pub(crate) fn run_faulty(inject: &str, is_new: bool, size: (u64, u64)) -> Faulty {
    run_faulty_as("append", inject, is_new, size)
}

/// Runs a process in another role with a fault, as [`run_faulty`] does.
pub(crate) fn run_faulty_as(
    role: &str,
    inject: &str,
    is_new: bool,
    (tasks, commits): (u64, u64),
) -> Faulty {
    let folder = tempfile::tempdir().unwrap();
    let (store, record) = (folder.path().join("store.db"), folder.path().join("record"));
    let mut before = Recording::default();
    if !is_new {
        block_on(async { SqliteStore::open(&store).await.unwrap().close().await });
        before = Recording::durable(&fs::read(&store).unwrap());
    }
    let appends = worker::command(role, &store, &[1, tasks, commits]);
    let run = traced(&appends, &record, Some(inject)).output().unwrap();
    let recorded = fs::read_to_string(&record).unwrap();
    Faulty {
        inject: format!("{inject}, new: {is_new}"),
        steps: before.then(Recording::parse(&recorded, &store)),
        report: String::from_utf8(run.stdout).unwrap().lines().collect(),
        was_opened: run.status.success(),
        folder,
    }
}

impl Faulty {
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// Whether a call on the log failed while commits were written to it.
    pub(crate) fn hit_a_commit(&self) -> bool {
        let steps = self.steps.steps.iter().rev();
        let mut printed = steps.filter(|step| matches!(step.operation, Operation::Printed(_)));
        let last = printed.next().map_or(0, |step| step.begun);
        let mut injected = self.steps.injected.iter();
        self.was_opened && injected.any(|(line, file)| file == "-wal" && *line < last)
    }

    /// Counts the steps of a kind up to the first special one.
    pub(crate) fn count_until(
        &self,
        of_kind: impl Fn(&Operation) -> bool,
        special: impl Fn(&Operation) -> bool,
    ) -> usize {
        let operations = self.steps.steps.iter().map(|step| &step.operation);
        // The steps before `first` only describe the existing file.
        let mut operations = operations
            .skip(self.steps.first)
            .filter(|operation| of_kind(operation));
        1 + operations.position(special).expect("there is such a step")
    }
}
