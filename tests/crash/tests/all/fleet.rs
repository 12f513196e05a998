//! Two processes, of an old program and of a new one, are killed, stopped and started anew, while
//! both append, keep read models and dispatch.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eventsource_core::{
    EventStore, Id, Key, Model, Position, Reactor, ReadModelStore, Repository, StreamId, Table,
};
use eventsource_crash_tests::fleet::{
    Dispatch, History, LEASE, Line, NEW, OldWagon, Plate, Taken, Wagon, bad_wagons, commit, lines,
    mend,
};
use eventsource_crash_tests::reactions::{Counted, Tally};
use eventsource_crash_tests::{Told, number, stored};
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;
use tempfile::TempDir;

use crate::leases::stop;
use crate::support::check::{as_told, in_order};
use crate::support::history::{Read, read};
use crate::support::worker::{PATIENCE, Worker, command};
use crate::support::{block_on, seeds};

const ROUNDS: u64 = 40;
const TASKS: u64 = 2;
/// So many commits are there before anybody dispatches.
const BEFORE: u64 = 10;

/// Once a new program was there, nothing that an old one appends is taken any more; its read models
/// go on, and so do those of the new one beside it.
#[test]
fn read_models_and_effects_are_right_whatever_becomes_of_two_processes() {
    let mut fleet = Fleet::start(seeds::seed("two processes"));
    for round in 0..ROUNDS {
        fleet.disturb();
        if round % 4 == 0 {
            assert_eq!(fleet.look(), Ok(()), "round {round}");
        }
    }
    fleet.replace_both([false, true]);
    fleet.wait_until_only_poison_waits(&[Table::of::<OldWagon>(), Table::of::<Wagon>()]);
    // An old one could not dispatch, since its commands are refused.
    fleet.replace_both([true, true]);
    fleet.wait_until_only_poison_waits(&[Table::of::<Wagon>(), dispatch()]);
    assert_eq!(fleet.look(), Ok(()), "before it is mended");
    fleet.mend();
    fleet.finish();
    assert_eq!(fleet.look(), Ok(()), "in the end");
    assert_eq!(fleet.is_complete(), Ok(()));
    assert_eq!(fleet.check_told(), Ok(()));
    println!("{} commits", fleet.told.stored.len());
}

/// The control.
#[test]
fn a_spoilt_row_a_missing_line_and_a_doubled_command_are_found_out() {
    let mut fleet = Fleet::start(seeds::seed("control of two processes"));
    while fleet.told.stored.len() < 100 {
        fleet.workers[1].hear(1, Duration::ZERO, &mut fleet.told);
    }
    mend(&fleet.path()).unwrap();
    fleet.finish();
    assert_eq!(fleet.look(), Ok(()));
    assert_eq!(fleet.is_complete(), Ok(()));

    let path = fleet.path();
    let all = lines(&path).unwrap();
    let found = |lines: &[Line]| block_on(look(&path, fleet.since, lines));
    assert_eq!(found(&all), Ok(()));
    let first = all[0].position;
    let without: Vec<_> = all
        .iter()
        .copied()
        .filter(|it| it.position != first)
        .collect();
    assert!(found(&without).unwrap_err().contains("there is no line"));
    let mut other_id = all.clone();
    other_id.push(Line {
        id: all[1].id,
        ..all[0]
    });
    assert!(found(&other_id).unwrap_err().contains("has another id"));
    let backwards: Vec<_> = all.iter().rev().copied().collect();
    assert!(found(&backwards).unwrap_err().contains("comes too late"));

    let connection = rusqlite::Connection::open(&path).unwrap();
    for (table, key, field) in [
        ("wagons_v1", "root_id", "weight"),
        ("wagons_v2", "root_id", "loads"),
        ("ranks_v1", "key", "wagons"),
        ("plates_v1", "key", "named"),
    ] {
        let add = |count: i64| {
            let spoil = format!(
                "UPDATE {table} SET row = json_set(row, '$.{field}', row ->> '{field}' + {count})
                WHERE {key} = (SELECT min({key}) FROM {table})"
            );
            assert_eq!(connection.execute(&spoil, []), Ok(1));
        };
        add(1);
        assert!(found(&all).is_err(), "{table}");
        add(-1);
        assert_eq!(found(&all), Ok(()), "{table}");
    }
    block_on(fleet.count_again(first));
    assert!(found(&all).unwrap_err().contains("was counted 2 times"));
}

struct Fleet {
    folder: TempDir,
    random: Rng,
    told: Told,
    workers: Vec<Worker>,
    started: u64,
    /// Where the reactor began.
    since: u64,
    /// The head when a new program was there.
    ruled: Option<u64>,
    /// How far the models were when it was looked last, if nobody was killed since.
    seen: Vec<Position>,
}

impl Fleet {
    /// An old program, and a new one beside it.
    fn start(seed: u64) -> Self {
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

    fn path(&self) -> PathBuf {
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

    fn disturb(&mut self) {
        let which = self.random.usize(..2);
        match self.random.u8(..4) {
            0 | 1 => {
                let is_new = self.random.u8(..3) > 0;
                self.replace(which, is_new);
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

    fn replace(&mut self, which: usize, is_new: bool) {
        self.seen.clear();
        self.workers.remove(which).kill(&mut self.told);
        let next = self.worker(is_new, TASKS);
        self.workers.push(next);
    }

    fn replace_both(&mut self, are_new: [bool; 2]) {
        for is_new in are_new {
            self.replace(0, is_new);
        }
    }

    /// Checks a copy, in which nobody goes on meanwhile.
    fn look(&mut self) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        block_on(async {
            let store = open(&self.path()).await;
            store.backup(&copy).await.unwrap();
            store.close().await;
        });
        // Later than the copy, so that none is missing that it needs.
        let lines = lines(&self.path())?;
        block_on(look(&copy, self.since, &lines))?;
        let now = block_on(positions(&copy));
        let before = std::mem::replace(&mut self.seen, now);
        let mut both = before.iter().zip(&self.seen);
        if both.all(|(before, now)| before <= now) {
            return Ok(());
        }
        Err(format!("{before:?} were seen before {:?}", self.seen))
    }

    /// Of all events up to the head, nothing waits but what is behind poison.
    fn wait_until_only_poison_waits(&self, tables: &[Table]) {
        let head = Position::new(block_on(head(&self.path())));
        let keys = |bad: StreamId| [Key::of(&bad.root_id()), Key::of(&bad)];
        let bad: Vec<Key> = bad_wagons().flat_map(keys).collect();
        self.wait_for(tables, |taken| {
            let mut parked = taken.parked.keys();
            taken.position >= head && !taken.parked.is_empty() && parked.all(|it| bad.contains(it))
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
    fn mend(&self) {
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
    fn finish(&mut self) {
        for worker in std::mem::take(&mut self.workers) {
            worker.kill(&mut self.told);
        }
        self.seen.clear();
        for is_new in [true, false] {
            let worker = self.worker(is_new, 0);
            assert!(worker.finish(&mut self.told).success());
        }
    }

    /// Every load was taken, and nothing is parked. How far somebody has looked after that need not
    /// be written down.
    fn is_complete(&self) -> Result<(), String> {
        block_on(async {
            let store = open(&self.path()).await;
            let last = Position::new(History::read(&store).await?.last_load());
            for table in tables() {
                let taken = Taken::of(&store, table.clone()).await?;
                let taken = taken.ok_or_else(|| format!("nobody began with {table}"))?;
                if taken.position < last || !taken.parked.is_empty() {
                    return Err(format!("{table} does not have all up to {last}: {taken:?}"));
                }
            }
            store.close().await;
            Ok(())
        })
    }

    /// What was acknowledged is stored once, in order and as it was issued, and what was refused is
    /// not; an old program was refused once a new one was there, and told why.
    fn check_told(&self) -> Result<(), String> {
        let history = block_on(async {
            let store = open(&self.path()).await;
            read(&store, Position::START).await.unwrap()
        });
        in_order(&history)?;
        let is_load = |read: &Read| read.events[0].event.stream.category() == "wagon";
        let loads: Vec<Read> = history.into_iter().filter(is_load).collect();
        as_told(&loads, &self.told)?;
        for load in &loads {
            let (writer, number) = number(load.header.id);
            let issued = commit(writer, number);
            if !load
                .events
                .iter()
                .map(|read| &read.event)
                .eq(&issued.events)
            {
                return Err(format!("{} is not stored as it was issued", issued.id));
            }
            let first = load.header.first.offset();
            if writer < NEW && self.ruled.is_some_and(|ruled| first > ruled) {
                return Err(format!("an old program appended at {first}"));
            }
        }
        let mut reasons = Vec::new();
        for (id, reason) in &self.told.refused {
            let expected = if number(*id).0 < NEW {
                "needs:plates:1"
            } else {
                "broke:`plates`_version_1"
            };
            if reason != expected {
                return Err(format!("{id} was refused as {reason}"));
            }
            reasons.push(expected);
        }
        reasons.sort_unstable();
        reasons.dedup();
        println!("{} refusals: {reasons:?}", self.told.refused.len());
        if reasons.len() < 2 {
            return Err("not both programs were refused".to_owned());
        }
        Ok(())
    }

    /// Counts what is at a position, but not for its delivery.
    async fn count_again(&self, position: u64) {
        let store = open_ruled(&self.path()).await;
        let tallies = Repository::<Tally>::new(store.clone());
        let count = |_: &Tally| Ok::<_, std::fmt::Error>(Counted { position });
        tallies.execute(Id::new(), count).await.unwrap();
        store.close().await;
    }
}

fn tables() -> [Table; 3] {
    [Table::of::<OldWagon>(), Table::of::<Wagon>(), dispatch()]
}

/// What the reactor is known as.
fn dispatch() -> Table {
    Model::reactor(Dispatch::NAME).known_as()
}

/// Everything that is stored fits what was taken of it.
async fn look(path: &Path, since: u64, lines: &[Line]) -> Result<(), String> {
    let store = open(path).await;
    let verified = store.verify().await;
    verified.map_err(|error| error.to_string())?;
    let history = History::read(&store).await?;
    history.check_rows(&store).await?;
    let dispatched = Taken::of(&store, dispatch()).await?;
    store.close().await;
    history.check_lines(lines, since, &dispatched.ok_or("nobody dispatches")?)
}

async fn positions(path: &Path) -> Vec<Position> {
    let store = open(path).await;
    let mut positions = Vec::new();
    for table in tables() {
        let taken = Taken::of(&store, table).await.unwrap();
        positions.push(taken.map_or(Position::START, |taken| taken.position));
    }
    store.close().await;
    positions
}

/// Appends what is there before, and tells where it ends.
async fn before(path: &Path, told: &mut Told) -> u64 {
    let store = open(path).await;
    for number in 0..BEFORE {
        let commit = commit(0, number);
        let id = commit.id;
        let receipt = store.append(commit).await.unwrap();
        told.hear(&stored(id, receipt.first.offset()));
    }
    store.close().await;
    head(path).await
}

async fn head(path: &Path) -> u64 {
    let store = open(path).await;
    let head = store.head().await.unwrap();
    store.close().await;
    head.offset()
}

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

async fn open_ruled(path: &Path) -> SqliteStore {
    let options = SqliteStore::options().inline::<Plate>();
    options.open(path).await.unwrap()
}
