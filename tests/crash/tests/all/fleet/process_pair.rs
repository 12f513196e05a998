//! Two processes, and the disturbances that the test causes.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eventsource_core::read_model::ModelId;
use eventsource_core::{Key, Position, ReadModelStore, StreamId};
use eventsource_crash_tests::Report;
use eventsource_crash_tests::fleet::{
    LEASE, ModelProgress, NEW, Vehicle, bad_vehicles, lines, repair,
};
use fastrand::Rng;
use tempfile::TempDir;

use super::checks::{self, before, dispatch, head, open, positions};
use crate::leases::stop;
use crate::support::block_on;
use crate::support::worker::{PATIENCE, Worker, command};

/// The number of appending tasks of each process.
const TASKS: u64 = 2;

/// The two processes and their store.
pub(super) struct ProcessPair {
    folder: TempDir,
    random: Rng,
    pub(super) report: Report,
    pub(super) workers: Vec<Worker>,
    started: u64,
    /// The position after which the reactor began.
    pub(super) since: u64,
    /// The head when the new program had registered its rule.
    pub(super) ruled: Option<u64>,
    /// The positions of the models at the last check, if no process was killed since.
    seen: Vec<Position>,
}

impl ProcessPair {
    /// Starts an old program and then a new one.
    pub(super) fn start(seed: u64) -> Self {
        let mut pair = Self {
            folder: tempfile::tempdir().unwrap(),
            random: Rng::with_seed(seed),
            report: Report::default(),
            workers: Vec::new(),
            started: 1,
            since: 0,
            ruled: None,
            seen: Vec::new(),
        };
        pair.since = block_on(before(&pair.path(), &mut pair.report));
        let old = pair.worker(false, TASKS);
        pair.workers.push(old);
        pair.wait_for(&[dispatch()], |_| true);
        pair.read_for(Duration::from_millis(300));
        let new = pair.worker(true, TASKS);
        pair.workers.push(new);
        pair
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// Starts a process with writers that no earlier process had.
    fn worker(&mut self, is_new: bool, tasks: u64) -> Worker {
        let first = self.started * TASKS + if is_new { NEW } else { 0 };
        self.started += 1;
        let page = [1, 2, 7, 50, 2_000][self.random.usize(..5)];
        let arguments = [first, tasks, page];
        let worker = Worker::start(command("fleet", &self.path(), &arguments));
        if is_new && self.ruled.is_none() {
            assert_eq!(worker.line().as_deref(), Some("registered"));
            self.ruled = Some(block_on(head(&self.path())));
        }
        worker
    }

    fn read_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        for worker in &self.workers {
            let left = until.saturating_duration_since(Instant::now());
            worker.read_lines(0, left, &mut self.report);
        }
    }

    pub(super) fn disturb(&mut self) {
        let which = self.random.usize(..2);
        match self.random.u8(..4) {
            0 | 1 => {
                let is_new = self.random.u8(..3) > 0;
                self.replace(which, is_new, TASKS);
            }
            2 => {
                stop(&self.workers[which], &self.path());
                let pause = LEASE * self.random.u32(4..13) / 4;
                self.read_for(pause);
                self.workers[which].signal("CONT");
            }
            _ => (),
        }
        let pause = Duration::from_micros(self.random.u64(..300_000));
        self.read_for(pause);
    }

    fn replace(&mut self, which: usize, is_new: bool, tasks: u64) {
        self.seen.clear();
        self.workers.remove(which).kill(&mut self.report);
        let next = self.worker(is_new, tasks);
        self.workers.push(next);
    }

    /// Replaces both processes, each by a program (`true` is the new one) with this number of
    /// appending tasks.
    pub(super) fn replace_both(&mut self, others: [(bool, u64); 2]) {
        for (is_new, tasks) in others {
            self.replace(0, is_new, tasks);
        }
    }

    /// Checks a backup, which no process changes meanwhile.
    pub(super) fn check_copy(&mut self) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        block_on(async {
            let store = open(&self.path()).await;
            store.backup(&copy).await.unwrap();
            store.close().await;
        });
        // Read after the backup, so that every line that the check needs is there.
        let lines = lines(&self.path())?;
        block_on(checks::check_store(&copy, self.since, &lines))?;
        let now = block_on(positions(&copy));
        let before = std::mem::replace(&mut self.seen, now);
        let mut both = before.iter().zip(&self.seen);
        if both.all(|(before, now)| before.offset() <= now.offset()) {
            return Ok(());
        }
        Err(format!("{before:?} were seen before {:?}", self.seen))
    }

    /// Waits until the models are at the head and only streams with poison events are parked.
    pub(super) fn wait_until_only_poison_waits(&self, ids: &[ModelId]) {
        let head = Position::new(block_on(head(&self.path())));
        let keys = |bad: StreamId| [Key::of(&bad.root_id()), Key::of(&bad)];
        let bad: Vec<Key> = bad_vehicles().flat_map(keys).collect();
        self.wait_for(ids, |progress| {
            let mut parked = progress.parked.keys();
            progress.position.offset() >= head.offset()
                && !progress.parked.is_empty()
                && parked.all(|it| bad.contains(it))
        });
    }

    fn wait_for(&self, ids: &[ModelId], is_reached: impl Fn(&ModelProgress) -> bool) {
        let (path, started) = (self.path(), Instant::now());
        block_on(async {
            let store = open(&path).await;
            for id in ids {
                loop {
                    let progress = ModelProgress::of(&store, id.clone()).await.unwrap();
                    if progress.as_ref().is_some_and(&is_reached) {
                        break;
                    }
                    assert!(started.elapsed() < PATIENCE, "{id}: {progress:?}");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            store.close().await;
        });
    }

    /// Repairs the programs and unparks all keys, and waits until the running processes have retried
    /// them.
    pub(super) fn repair(&self) {
        repair(&self.path()).unwrap();
        let ids = [ModelId::of::<Vehicle>(), dispatch()];
        block_on(async {
            let store = open(&self.path()).await;
            for id in ids.clone() {
                assert!(store.unpark(id, None).await.unwrap() > 0);
            }
            store.close().await;
        });
        self.wait_for(&ids, |progress| progress.parked.is_empty());
    }

    /// Kills both, and runs one process of each program up to the head.
    pub(super) fn finish(&mut self) {
        for worker in std::mem::take(&mut self.workers) {
            worker.kill(&mut self.report);
        }
        self.seen.clear();
        for is_new in [true, false] {
            let worker = self.worker(is_new, 0);
            assert!(worker.finish(&mut self.report).success());
        }
    }
}
