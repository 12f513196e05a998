//! A program that reads the files of its own store by ordinary means, which drops all of its record
//! locks on them.
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

use eventsource_core::uuid::Uuid;
use eventsource_core::{EventLog, StreamStore};
use rusqlite::Connection;
use support::{cart, child, commit, commit_ids, open, store_of_child};

fn beside(store: &Path, end: &str) -> PathBuf {
    format!("{}{end}", store.display()).into()
}

fn read_own_files(store: &Path) {
    for end in ["", "-wal", "-shm"] {
        fs::read(beside(store, end)).unwrap();
    }
}

fn inode(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.ino())
}

fn run(test: &str, store: &Path) -> Vec<String> {
    let output = child(test, store).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    printed.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_acknowledged_after_that_is_seen_by_other_processes() {
    for other in ["looks_with_a_plain_connection", "opens_and_closes"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = open(&path).await;
        let (log, mut acknowledged) = (inode(&beside(&path, "-wal")), HashSet::new());
        for _ in 0..5 {
            let stored = store.append(commit(&cart())).await.unwrap();
            acknowledged.insert(stored.commit_id);
            read_own_files(&path);
            run(other, &path);
            assert_eq!(
                inode(&beside(&path, "-wal")),
                log,
                "{other} removed the log"
            );
        }
        let seen: HashSet<Uuid> = run("prints_all_commits", &path)
            .iter()
            .filter_map(|line| line.strip_prefix("commit ")?.parse().ok())
            .collect();
        assert_eq!(seen, acknowledged);
        store.close().await;
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn looks_with_a_plain_connection() {
    let Some(path) = store_of_child() else { return };
    let plain = Connection::open(path).unwrap();
    let count = "SELECT count(*) FROM events";
    let _: i64 = plain.query_row(count, [], |row| row.get(0)).unwrap();
    plain.close().unwrap();
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn opens_and_closes() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    store.head().await.unwrap();
    store.close().await;
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn prints_all_commits() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    println!();
    for id in commit_ids(&store).await {
        println!("commit {id}");
    }
    store.close().await;
}

#[tokio::test]
async fn the_log_stays_for_the_other_store_when_one_of_two_in_a_process_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (one, other) = (open(&path).await, open(&path).await);
    one.append(commit(&cart())).await.unwrap();
    let log = inode(&beside(&path, "-wal"));
    one.close().await;
    read_own_files(&path);
    run("looks_with_a_plain_connection", &path);
    assert_eq!(inode(&beside(&path, "-wal")), log);
    other.append(commit(&cart())).await.unwrap();
    other.close().await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Many open and close at once, so that some are the last one while others come.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_opens_while_another_one_closes_keeps_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let rounds: Vec<_> = (0..4)
        .map(|_| tokio::spawn(open_and_close(path.clone())))
        .collect();
    let mut acknowledged = HashSet::new();
    for round in rounds {
        acknowledged.extend(round.await.unwrap());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let store = open(&path).await;
    store.verify().await.unwrap();
    let stored: HashSet<Uuid> = commit_ids(&store).await.into_iter().collect();
    assert_eq!(stored, acknowledged);
}

async fn open_and_close(path: PathBuf) -> Vec<Uuid> {
    let mut acknowledged = Vec::new();
    for _ in 0..25 {
        let store = open(&path).await;
        let stored = store.append(commit(&cart())).await.unwrap();
        acknowledged.push(stored.commit_id);
        store.close().await;
    }
    acknowledged
}

/// A process that has the store open until the test ends it.
struct Other {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(test: &str, store: &Path) -> Self {
        let mut child = child(test, store);
        let child = child.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = child.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut other = Self { process, lines };
        other.wait_for("open");
        other
    }

    fn wait_for(&mut self, word: &str) {
        let mut lines = self.lines.by_ref().map(Result::unwrap);
        assert!(lines.any(|line| line == word), "it never says `{word}`");
    }

    fn go_on(&mut self) {
        let stdin = self.process.stdin.as_mut().unwrap();
        stdin.write_all(b"\n").unwrap();
    }
}

#[tokio::test]
async fn the_last_process_to_close_removes_the_log_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    store.append(commit(&cart())).await.unwrap();
    let log = inode(&beside(&path, "-wal"));
    let mut other = Other::start("has_it_open", &path);
    store.close().await;
    assert_eq!(inode(&beside(&path, "-wal")), log);
    other.go_on();
    other.wait_for("closed");
    assert!(other.process.wait().unwrap().success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(commit_ids(&open(&path).await).await.len(), 2);
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn has_it_open() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    store.head().await.unwrap();
    println!("\nopen");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    store.append(commit(&cart())).await.unwrap();
    store.close().await;
    println!("\nclosed");
}

/// The program may use the file beside the store, in ways that the store does not know of.
#[tokio::test]
async fn a_store_that_closes_leaves_the_locks_of_the_programs_own_connections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    open(&path).await.close().await;
    let own = Connection::open(&path).unwrap();
    own.execute_batch("CREATE TABLE mine (id); BEGIN IMMEDIATE; INSERT INTO mine VALUES (1)")
        .unwrap();
    open(&path).await.close().await;
    let answer = run("tries_to_write", &path);
    assert!(
        answer.iter().any(|line| line == "it is locked"),
        "{answer:?}"
    );
    own.execute_batch("COMMIT").unwrap();
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn tries_to_write() {
    let Some(path) = store_of_child() else { return };
    let plain = Connection::open(path).unwrap();
    plain.busy_timeout(std::time::Duration::ZERO).unwrap();
    let begun = plain.execute_batch("BEGIN IMMEDIATE");
    println!("\nit is {}", if begun.is_ok() { "free" } else { "locked" });
}

/// The ranges of a file's open-file-description locks, as the system lists them.
fn locked(path: &Path) -> Vec<String> {
    let inode = format!(":{}", inode(path).unwrap());
    let locks = fs::read_to_string("/proc/locks").unwrap();
    let locks = locks.lines().filter(|lock| lock.contains("OFDLCK"));
    let mut locks = locks.map(|lock| lock.split_whitespace().skip(5));
    let of_file = |mut lock: std::iter::Skip<std::str::SplitWhitespace<'_>>| {
        lock.next()?
            .ends_with(&inode)
            .then(|| lock.collect::<Vec<_>>().join("-"))
    };
    locks.by_ref().filter_map(of_file).collect()
}

#[tokio::test]
async fn the_locks_of_a_store_are_held_as_long_as_the_process_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let own = Connection::open(&path).unwrap();
    let (one, other) = (open(&path).await, open(&path).await);
    let both = || (locked(&path), locked(&beside(&path, "-shm")));
    let held = (
        vec!["1073741826-1073742335".to_owned()],
        vec!["128-128".to_owned()],
    );
    assert_eq!(both(), held);
    read_own_files(&path);
    one.close().await;
    assert_eq!(both(), held);
    // Without this the files would be gone with the store.
    let _: i64 = own
        .query_row("SELECT count(*) FROM store", [], |row| row.get(0))
        .unwrap();
    other.close().await;
    assert_eq!(both(), held, "the program's own connection needs them");
    drop(own);
    open(&path).await.close().await;
    assert_eq!(locked(&path), [""; 0]);
}
