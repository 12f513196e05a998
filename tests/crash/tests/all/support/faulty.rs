//! A run in which the system fails.

use std::fs;
use std::path::PathBuf;

use eventsource_crash_tests::Told;
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;

use super::block_on;
use super::strace::traced;
use super::worker;
use crate::trace::steps::{Deed, Recording};

pub(crate) struct Faulty {
    pub(crate) inject: String,
    pub(crate) steps: Recording,
    pub(crate) told: Told,
    pub(crate) was_opened: bool,
    folder: TempDir,
}

/// Lets so many tasks append so many commits each, with a call that fails, to a new store or to
/// one that was there before.
pub(crate) fn run_faulty(inject: &str, is_new: bool, size: (u64, u64)) -> Faulty {
    run_faulty_as("append", inject, is_new, size)
}

/// The same in another role.
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
        told: String::from_utf8(run.stdout).unwrap().lines().collect(),
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
        let told = self.steps.steps.iter().rev();
        let mut told = told.filter(|step| matches!(step.deed, Deed::Told(_)));
        let last = told.next().map_or(0, |step| step.begun);
        let mut injected = self.steps.injected.iter();
        self.was_opened && injected.any(|(line, file)| file == "-wal" && *line < last)
    }

    /// How many steps of a kind there are up to the first special one.
    pub(crate) fn count_until(
        &self,
        of_kind: impl Fn(&Deed) -> bool,
        special: impl Fn(&Deed) -> bool,
    ) -> usize {
        let deeds = self.steps.steps.iter().map(|step| &step.deed);
        // What was there before was synced before.
        let mut deeds = deeds.skip(self.steps.first).filter(|deed| of_kind(deed));
        1 + deeds.position(special).expect("there is such a step")
    }
}
