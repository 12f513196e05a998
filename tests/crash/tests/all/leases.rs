//! Five processes maintain the same read models: one is active, and the others are standbys.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eventsource_core::{EventLog, Position, StreamStore};
use eventsource_crash_tests::projections::{Cart, Rows, Size, kept};
use eventsource_crash_tests::{Report, commit};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::projections::{check_store, finish, open};
use crate::support::block_on;
use crate::support::worker::{PATIENCE, Worker, command};

const TTL: Duration = Duration::from_secs(1);

/// Five processes on one store.
struct FiveProcesses {
    folder: tempfile::TempDir,
    processes: Vec<Process>,
}

struct Process {
    worker: Worker,
    /// The last line that it printed.
    says: String,
}

impl FiveProcesses {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        block_on(append(&path, 0));
        let start = || Process {
            worker: Worker::start(command("follow", &path, &[1_000])),
            says: String::new(),
        };
        let processes = (0..5).map(|_| start()).collect();
        Self { folder, processes }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// Waits until one process is active and the others, but for these, are standbys; returns the
    /// active one.
    fn active(&mut self, but: &[usize]) -> usize {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            for process in &mut self.processes {
                if let Some(line) = process.worker.last_line() {
                    process.says = line;
                }
            }
            let all = self.processes.iter().enumerate();
            let others = all.filter(|(number, _)| !but.contains(number));
            let (follow, rest): (Vec<_>, Vec<_>) =
                others.partition(|(_, process)| process.says == "follows");
            let stand_by = |(_, process): &(usize, &Process)| process.says == "stands by";
            if follow.len() == 1 && rest.iter().all(stand_by) {
                return follow[0].0;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let said: Vec<&str> = self.processes.iter().map(|one| one.says.as_str()).collect();
        panic!("not one of them follows: {said:?}");
    }
}

/// Appends some events from the process of the test.
async fn append(path: &Path, round: u64) {
    let store = SqliteStore::open(path).await.unwrap();
    for number in 0..20 {
        store.append(commit(round, number)).await.unwrap();
    }
    store.close().await;
}

/// Reads the epoch and the owner of the lease from the file.
fn lease(path: &Path) -> (u64, Option<String>) {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    let lease = "SELECT epoch, owner FROM models WHERE name = 'carts' AND generation = 'serving'";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    connection.query_row(lease, [], read).unwrap()
}

/// Waits until the rows are at the head.
fn settle(path: &Path) {
    block_on(async {
        let store = open(path).await.unwrap();
        let head = store.head().await.unwrap();
        let started = Instant::now();
        while kept(&store).await.unwrap().0.offset() < head.position().offset() {
            assert!(started.elapsed() < PATIENCE, "the rows do not reach {head}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        store.close().await;
    });
}

/// The fastest round is within the lease; on a busy machine some rounds are slower.
#[test]
fn whoever_follows_may_be_killed() {
    let mut five = FiveProcesses::start();
    let path = five.path();
    let mut took = Vec::new();
    for round in 1..4 {
        let active = five.active(&[]);
        let before = lease(&path);
        let killed = five.processes.remove(active);
        killed.worker.kill(&mut Report::default());
        let at = Instant::now();
        block_on(append(&path, round));
        five.active(&[]);
        took.push(at.elapsed());
        let after = lease(&path);
        assert!(
            after.0 > before.0 && after.1 != before.1,
            "{before:?} {after:?}"
        );
        settle(&path);
        assert_eq!(block_on(check_store(&path)), Ok(()), "round {round}");
    }
    assert!(took.iter().any(|took| *took < TTL * 3 / 2), "{took:?}");
    drop(five.processes);
    let mut random = fastrand::Rng::new();
    assert_eq!(block_on(finish(&path, &mut random)), Ok(()));
}

#[test]
fn whoever_followed_and_wakes_up_writes_nothing_and_stands_by() {
    let mut five = FiveProcesses::start();
    let path = five.path();
    let zombie = five.active(&[]);
    stop(&five.processes[zombie].worker, &path);
    let before = lease(&path);
    std::thread::sleep(3 * TTL);
    five.active(&[zombie]);
    let after = lease(&path);
    assert!(
        after.0 > before.0 && after.1 != before.1,
        "{before:?} {after:?}"
    );
    // When the zombie wakes up, it finds these events, and the rows have them already.
    block_on(append(&path, 1));
    settle(&path);
    let settled = rows(&path);
    let zombie = &five.processes[zombie].worker;
    zombie.signal("CONT");
    assert_eq!(zombie.line().as_deref(), Some("stands by"));
    assert_eq!(rows(&path), settled);
    assert!(lease(&path).0 >= after.0);
    block_on(append(&path, 2));
    settle(&path);
    assert_eq!(block_on(check_store(&path)), Ok(()));
}

/// Stops a process, but not while it has the lock of the file, which would block every other writer.
pub(crate) fn stop(worker: &Worker, path: &Path) {
    let connection = Connection::open(path).unwrap();
    let is_free = |patience| {
        connection.busy_timeout(patience).unwrap();
        connection
            .execute_batch("BEGIN IMMEDIATE; ROLLBACK")
            .is_ok()
    };
    loop {
        worker.signal("STOP");
        if is_free(Duration::ZERO) {
            return;
        }
        worker.signal("CONT");
        assert!(is_free(PATIENCE));
    }
}

/// Reads the rows and their position.
fn rows(path: &Path) -> (Position, Rows<Cart>, Rows<Size>) {
    block_on(async {
        let store = open(path).await.unwrap();
        let kept = kept(&store).await;
        store.close().await;
        kept.unwrap()
    })
}
