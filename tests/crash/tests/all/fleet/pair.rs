//! Two processes, and what is done to them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eventsource_core::read_model::Table;
use eventsource_core::{Key, Position, ReadModelStore, StreamId};
use eventsource_crash_tests::Told;
use eventsource_crash_tests::fleet::{LEASE, NEW, Taken, Wagon, bad_wagons, lines, mend};
use fastrand::Rng;
use tempfile::TempDir;

use super::look::{self, before, dispatch, head, open, positions};
use crate::leases::stop;
use crate::support::block_on;
use crate::support::worker::{PATIENCE, Worker, command};

/// So many of each process append.
const TASKS: u64 = 2;

pub(super) struct Fleet {
    folder: TempDir,
    random: Rng,
    pub(super) told: Told,
    pub(super) workers: Vec<Worker>,
    started: u64,
    /// Where the reactor began.
    pub(super) since: u64,
    /// The head when a new program was there.
    pub(super) ruled: Option<u64>,
    /// How far the models were when it was looked last, if nobody was killed since.
    seen: Vec<Position>,
}

impl Fleet {
    /// An old program, and a new one beside it.
    pub(super) fn start(seed: u64) -> Self {
        let mut fleet = Self {
            folder: tempfile::tempdir().unwrap(),
            random: Rng::with_seed(seed),
            told: Told::default(),
            workers: Vec::new(),
            started: 1,
            since: 0,
            ruled: None,
            seen: Vec::new(),
        };
        fleet.since = block_on(before(&fleet.path(), &mut fleet.told));
        let old = fleet.worker(false, TASKS);
        fleet.workers.push(old);
        fleet.wait_for(&[dispatch()], |_| true);
        fleet.hear(Duration::from_millis(300));
        let new = fleet.worker(true, TASKS);
        fleet.workers.push(new);
        fleet
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// Starts a process whose writers nobody was before.
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

    fn hear(&mut self, time: Duration) {
        let until = Instant::now() + time;
        for worker in &self.workers {
            let left = until.saturating_duration_since(Instant::now());
            worker.hear(0, left, &mut self.told);
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
                self.hear(pause);
                self.workers[which].signal("CONT");
            }
            _ => (),
        }
        let pause = Duration::from_micros(self.random.u64(..300_000));
        self.hear(pause);
    }

    fn replace(&mut self, which: usize, is_new: bool, tasks: u64) {
        self.seen.clear();
        self.workers.remove(which).kill(&mut self.told);
        let next = self.worker(is_new, tasks);
        self.workers.push(next);
    }

    /// Lets two others go on, new ones or not, with so many tasks that append.
    pub(super) fn replace_both(&mut self, others: [(bool, u64); 2]) {
        for (is_new, tasks) in others {
            self.replace(0, is_new, tasks);
        }
    }

    /// Checks a copy, in which nobody goes on meanwhile.
    pub(super) fn look(&mut self) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        block_on(async {
            let store = open(&self.path()).await;
            store.backup(&copy).await.unwrap();
            store.close().await;
        });
        // Later than the copy, so that none is missing that it needs.
        let lines = lines(&self.path())?;
        block_on(look::look(&copy, self.since, &lines))?;
        let now = block_on(positions(&copy));
        let before = std::mem::replace(&mut self.seen, now);
        let mut both = before.iter().zip(&self.seen);
        if both.all(|(before, now)| before.offset() <= now.offset()) {
            return Ok(());
        }
        Err(format!("{before:?} were seen before {:?}", self.seen))
    }

    /// Of all events up to the head, nothing waits but what is behind poison.
    pub(super) fn wait_until_only_poison_waits(&self, tables: &[Table]) {
        let head = Position::new(block_on(head(&self.path())));
        let keys = |bad: StreamId| [Key::of(&bad.root_id()), Key::of(&bad)];
        let bad: Vec<Key> = bad_wagons().flat_map(keys).collect();
        self.wait_for(tables, |taken| {
            let mut parked = taken.parked.keys();
            taken.position.offset() >= head.offset()
                && !taken.parked.is_empty()
                && parked.all(|it| bad.contains(it))
        });
    }

    fn wait_for(&self, tables: &[Table], is_so: impl Fn(&Taken) -> bool) {
        let (path, started) = (self.path(), Instant::now());
        block_on(async {
            let store = open(&path).await;
            for table in tables {
                loop {
                    let taken = Taken::of(&store, table.clone()).await.unwrap();
                    if taken.as_ref().is_some_and(&is_so) {
                        break;
                    }
                    assert!(started.elapsed() < PATIENCE, "{table}: {taken:?}");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            store.close().await;
        });
    }

    /// Mends the programs and unparks what waits; those that run take it.
    pub(super) fn mend(&self) {
        mend(&self.path()).unwrap();
        let tables = [Table::of::<Wagon>(), dispatch()];
        block_on(async {
            let store = open(&self.path()).await;
            for table in tables.clone() {
                assert!(store.unpark(table, None).await.unwrap() > 0);
            }
            store.close().await;
        });
        self.wait_for(&tables, |taken| taken.parked.is_empty());
    }

    /// Kills both, and lets one of each program take what is left.
    pub(super) fn finish(&mut self) {
        for worker in std::mem::take(&mut self.workers) {
            worker.kill(&mut self.told);
        }
        self.seen.clear();
        for is_new in [true, false] {
            let worker = self.worker(is_new, 0);
            assert!(worker.finish(&mut self.told).success());
        }
    }
}
