//! Snapshots in a file change nothing: not with several writers, not after a kill, not when they
//! are damaged.

mod support;

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use eventsource_core::aggregate::SnapshotPolicy;
use eventsource_core::store::Fingerprint;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Aggregate, Apply, Id, Loaded, Repository, Revision, StreamStore, event};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use support::{child, open, store_of_child};

#[event]
enum MeterEvent {
    Read { units: u64 },
}

/// Its state and its decisions depend on every event and on their order.
trait Meter: Aggregate<Event = MeterEvent> {
    fn state(&self) -> (u64, u64);

    fn decide(&self) -> Result<MeterEvent, ()> {
        let (reads, sum) = self.state();
        Ok(MeterEvent::Read {
            units: reads + sum % 7,
        })
    }
}

/// The same state under one policy or another.
macro_rules! meters {
    ($($meter:ident($($snapshot:tt)*))*) => {
        $(#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
        #[aggregate(event = MeterEvent, category = "meter" $($snapshot)*)]
        struct $meter {
            reads: u64,
            sum: u64,
        }

        impl Apply<MeterEvent> for $meter {
            fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
                self.reads += 1;
                self.sum = self.sum.wrapping_mul(31).wrapping_add(units);
            }
        }

        impl Meter for $meter {
            fn state(&self) -> (u64, u64) {
                (self.reads, self.sum)
            }
        })*
    };
}

meters! {
    Without()
    AfterEach(, snapshot(every = 1, version = 1))
    AfterTen(, snapshot(every = 10, version = 1))
}

const ROOT: Uuid = Uuid::from_u128(7);
const WRITERS: u64 = 3;
const READS: u64 = 40;

async fn read<M: Meter>(store: SqliteStore) {
    let meters = Repository::<M>::new(store);
    let id = Id::from_uuid(ROOT);
    meters.execute(id, M::decide).await.unwrap();
}

async fn loaded<M: Meter>(store: &SqliteStore) -> ((u64, u64), Revision) {
    let meters = Repository::<M>::new(store.clone());
    let meter = meters.load(Id::from_uuid(ROOT)).await.unwrap();
    (meter.state(), Loaded::revision(&meter))
}

/// Loads the aggregate under every policy and checks that the results are the same.
async fn loaded_by_all(path: &Path) -> (u64, u64) {
    let store = open(path).await;
    let without = loaded::<Without>(&store).await;
    assert_eq!(loaded::<AfterEach>(&store).await, without);
    assert_eq!(loaded::<AfterTen>(&store).await, without);
    store.close().await;
    without.0
}

fn snapshots_in(path: &Path) -> u64 {
    let connection = Connection::open(path).unwrap();
    let count = "SELECT count(*) FROM snapshots";
    connection.query_row(count, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_off_and_every_so_many_decide_the_same_with_concurrent_writers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let mut tasks = Vec::new();
    for _ in 0..WRITERS {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            for _ in 0..READS {
                read::<Without>(store.clone()).await;
                read::<AfterEach>(store.clone()).await;
                read::<AfterTen>(store.clone()).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    store.close().await;
    // Without a snapshot and without company: each decision follows from those before it.
    let mut alone = Without::default();
    for _ in 0..WRITERS * READS * 3 {
        alone.apply(alone.decide().unwrap());
    }
    assert_eq!(loaded_by_all(&path).await, alone.state());
    assert!(snapshots_in(&path) > 0);
}

#[tokio::test]
async fn a_kill_between_events_and_their_snapshots_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut reads = 0;
    for round in 1..=5 {
        let mut child = child("reads_for_a_while", &path).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(150 + 7 * round)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        reads = loaded_by_all(&path).await.0;
    }
    let mut alone = Without::default();
    for _ in 0..reads {
        alone.apply(alone.decide().unwrap());
    }
    assert_eq!(loaded_by_all(&path).await, alone.state());
    assert!(snapshots_in(&path) > 0);
}

#[tokio::test]
#[ignore = "another test starts it, and kills it"]
async fn reads_for_a_while() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    for _ in 0..100_000 {
        read::<AfterEach>(store.clone()).await;
        read::<AfterTen>(store.clone()).await;
    }
}

#[tokio::test]
async fn a_damaged_snapshot_is_folded_around_with_a_warning() {
    for (damage, why) in [
        ("state = 'null'", "does not match its checksum"),
        ("version = version + 1", "does not match its checksum"),
        ("position = position + 5", "does not match its checksum"),
        ("\"check\" = \"check\" + 1", "does not match its checksum"),
        (
            "state = replace(state, '1', '2')",
            "does not match its checksum",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = open(&path).await;
        for _ in 0..12 {
            read::<AfterTen>(store.clone()).await;
        }
        wait_for_snapshot(&store).await;
        store.close().await;
        let sql = format!("UPDATE snapshots SET {damage}");
        assert_eq!(
            Connection::open(&path).unwrap().execute(&sql, []).unwrap(),
            1
        );
        Log::listen();
        let store = open(&path).await;
        assert_eq!(
            loaded::<AfterTen>(&store).await,
            loaded::<Without>(&store).await,
            "{damage}"
        );
        let log = Log::take();
        assert!(log.contains("a snapshot is ignored"), "{damage}: {log}");
        assert!(
            log.contains(why) && log.contains(&ROOT.to_string()),
            "{damage}: {log}"
        );
    }
}

async fn wait_for_snapshot(store: &SqliteStore) {
    let policy: SnapshotPolicy<AfterTen> = AfterTen::SNAPSHOTS.unwrap();
    let fingerprint = Fingerprint::of(&policy).unwrap();
    let stream = Repository::<AfterTen>::new(store.clone()).stream(Id::from_uuid(ROOT));
    while store
        .snapshots()
        .unwrap()
        .newest(stream.clone(), fingerprint)
        .await
        .unwrap()
        .is_none()
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The log lines of this thread.
struct Log;

impl Log {
    /// Logs from now on, for the whole process: were there a subscriber for this thread alone,
    /// a test on another thread that comes past an event first would switch it off for all.
    fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(|| Self);
            subscriber.init();
        });
    }

    /// Takes the lines that this thread has logged since the last call.
    fn take() -> String {
        String::from_utf8(LOG.take()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
