//! One process writes at a time, also when SQLite's own lock is lost.
#![cfg(target_os = "linux")]

mod support;

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use eventsource_core::{
    Aggregate, Apply, EventLog, ExecuteError, Id, Position, Project, Projection, Receipt, Recorded,
    Repository, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};
use support::{child, store_of_child};

#[event(name = "note.written")]
struct Written {
    millis: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Written))]
struct Note;

impl Apply<Written> for Note {
    fn apply(&mut self, _: Written) {}
}

/// A rule that takes as long as the event says.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "notes", version = 1, key = root_id, events(Written))]
struct Notes {}

impl Project<Written> for Notes {
    fn project(&mut self, recorded: &Recorded<Written>) {
        thread::sleep(Duration::from_millis(recorded.event.millis));
    }
}

async fn open(path: &Path) -> SqliteStore {
    let builder = SqliteStore::builder().inline::<Notes>();
    builder.open(path).await.unwrap()
}

async fn write(store: &SqliteStore, millis: u64) -> Result<Receipt, ExecuteError<Infallible>> {
    let notes = Repository::<Note>::new(store.clone());
    notes.execute(Id::new(), |_| Ok(Written { millis })).await
}

/// A program that archives its own files drops all locks that SQLite has on them in this process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_commit_is_lost_after_a_process_read_its_own_files_in_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    write(&store, 0).await.unwrap();
    let slow = tokio::spawn({
        let store = store.clone();
        async move { write(&store, 1_000).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    for file in ["store.db", "store.db-wal", "store.db-shm"] {
        std::fs::read(folder.path().join(file)).unwrap();
    }
    let mut other = child("writes_once", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    let stored = lines.find_map(|line| line.unwrap().strip_prefix("stored ")?.parse().ok());
    assert_eq!(stored, Some(3));
    assert_eq!(slow.await.unwrap().unwrap().first, Position::new(2));
    // Not closed: it would take itself for the last one, and remove the log.
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(store.head().await.unwrap().position(), Position::new(3));
    store.verify().await.unwrap();
}

#[tokio::test]
#[ignore = "another test starts it, and kills it"]
async fn writes_once() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    let receipt = write(&store, 0).await.unwrap();
    println!("\nstored {}", receipt.first);
    let _ = std::io::stdin().read_line(&mut String::new());
}

/// The appends of a group would together take a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_rule_does_not_keep_the_appends_of_others_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, other) = (open(&path).await, open(&path).await);
    let append = |_| {
        let store = store.clone();
        tokio::spawn(async move { write(&store, 5).await.unwrap() })
    };
    let appends: Vec<_> = (0..200).map(append).collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    write(&other, 0).await.unwrap();
    let waited = began.elapsed();
    assert!(waited < Duration::from_millis(300), "{waited:?}");
    let head = other.head().await.unwrap();
    assert!(
        head.position().offset().get() < 201,
        "the group was not done: {head}"
    );
    for append in appends {
        append.await.unwrap();
    }
    store.verify().await.unwrap();
}
