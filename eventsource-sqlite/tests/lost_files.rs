//! The files of a store are deleted, moved or replaced while it is open.
#![cfg(unix)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use eventsource_core::store::{StoreError, StoreErrorKind};
use eventsource_core::{
    AppendError, EventLog, Health, MemoryReadModels, Project, Projection, ReadError, Recorded,
    Runner, Running, StreamStore, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};
use support::{cart, child, commit, commit_ids, open, store_of_child};

/// Its name, and how `data/store.db` is lost in it.
type Way = (&'static str, fn(&Path));

const WAYS: [Way; 7] = [
    ("all files are deleted", |data| {
        for end in ["", "-wal", "-shm"] {
            fs::remove_file(data.join(format!("store.db{end}"))).unwrap();
        }
    }),
    ("the file is deleted", |data| {
        fs::remove_file(data.join("store.db")).unwrap();
    }),
    ("the log is deleted", |data| {
        fs::remove_file(data.join("store.db-wal")).unwrap();
    }),
    ("the shared memory is deleted", |data| {
        fs::remove_file(data.join("store.db-shm")).unwrap();
    }),
    ("the folder is deleted", |data| {
        fs::remove_dir_all(data).unwrap();
    }),
    ("the folder is moved", |data| {
        fs::rename(data, data.with_file_name("elsewhere")).unwrap();
    }),
    ("the file is replaced", |data| {
        fs::copy(data.join("store.db"), data.join("other")).unwrap();
        fs::rename(data.join("other"), data.join("store.db")).unwrap();
    }),
];

async fn open_in(folder: &Path) -> SqliteStore {
    fs::create_dir(folder.join("data")).unwrap();
    open(&folder.join("data").join("store.db")).await
}

fn is_loss(error: &StoreError) -> bool {
    error.kind() == StoreErrorKind::Io && error.to_string().contains("removed, moved or replaced")
}

#[tokio::test]
async fn no_append_is_acknowledged_that_no_other_process_would_see() {
    for (way, lose) in WAYS {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(folder.path()).await;
        store.append(commit(&cart())).await.unwrap();
        lose(&folder.path().join("data"));
        // Nothing is written, so that the outcome is known.
        for _ in 0..2 {
            match store.append(commit(&cart())).await.unwrap_err() {
                AppendError::Store(error) => assert!(is_loss(&error), "{way}: {error}"),
                error => panic!("{way}: {error}"),
            }
        }
        store.close().await;
    }
}

#[tokio::test]
async fn verify_reports_that_the_files_are_lost_and_so_does_every_later_read() {
    for (way, lose) in WAYS {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(folder.path()).await;
        store.append(commit(&cart())).await.unwrap();
        lose(&folder.path().join("data"));
        match store.verify().await.unwrap_err() {
            ReadError::Store(error) => assert!(is_loss(&error), "{way}: {error}"),
            error => panic!("{way}: {error}"),
        }
        match store.head().await.unwrap_err() {
            ReadError::Store(error) => assert!(is_loss(&error), "{way}: {error}"),
            error => panic!("{way}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_backup_saves_what_the_process_still_has() {
    for (way, lose) in WAYS {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(folder.path()).await;
        let mut acknowledged = Vec::new();
        for _ in 0..10 {
            let stored = store.append(commit(&cart())).await.unwrap();
            acknowledged.push(stored.commit_id);
        }
        lose(&folder.path().join("data"));
        let copy = folder.path().join("copy.db");
        for attempt in 0..2 {
            store.backup(&copy).await.expect(way);
            let saved = open(&copy).await;
            saved.verify().await.expect(way);
            assert!(commit_ids(&saved).await.starts_with(&acknowledged), "{way}");
            saved.close().await;
            // The target is in the way now, and the next one is made all the same.
            store.backup(&copy).await.unwrap_err();
            fs::rename(&copy, folder.path().join(attempt.to_string())).unwrap();
            store.append(commit(&cart())).await.unwrap_err();
        }
    }
}

/// Only the log is new: the main file is the same, and SQLite does not notice.
#[tokio::test]
async fn closing_leaves_the_commits_of_the_process_that_made_a_new_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    store.append(commit(&cart())).await.unwrap();
    for end in ["-wal", "-shm"] {
        fs::remove_file(folder.path().join(format!("store.db{end}"))).unwrap();
    }
    let mut other = child("appends_and_waits", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    let id = lines.find_map(|line| Some(line.unwrap().strip_prefix("stored ")?.to_owned()));
    other.kill().unwrap();
    other.wait().unwrap();
    store.close().await;
    let stored = commit_ids(&open(&path).await).await;
    assert!(stored.iter().any(|stored| Some(stored.to_string()) == id));
}

#[tokio::test]
#[ignore = "another test starts it, and kills it"]
async fn appends_and_waits() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    let receipt = store.append(commit(&cart())).await.unwrap();
    println!("\nstored {}", receipt.commit_id);
    std::thread::sleep(Duration::from_secs(60));
}

#[event(name = "noted")]
struct Noted {
    by: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "notes", version = 1, key = by, events(Noted))]
struct Notes {}

impl Project<Noted> for Notes {
    fn project(&mut self, _: &Recorded<Noted>) {}
}

/// One that keeps its rows elsewhere does not even renew a lease in the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_reports_that_the_files_are_lost_although_nobody_appends() {
    for (way, lose) in WAYS {
        for has_rows_elsewhere in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let store = open_in(folder.path()).await;
            store.append(commit(&cart())).await.unwrap();
            let runner = if has_rows_elsewhere {
                Runner::new(store, MemoryReadModels::new())
            } else {
                Runner::new(store.clone(), store)
            };
            let running = runner.project::<Notes>().start().await.unwrap();
            wait_until(way, &running, |health| *health == Health::Healthy).await;
            // It reads nothing any more, and opens no connection that would find out.
            tokio::time::sleep(Duration::from_millis(100)).await;
            lose(&folder.path().join("data"));
            wait_until(way, &running, |health| match health {
                Health::Failing(reason) => reason.contains("removed, moved or replaced"),
                _ => false,
            })
            .await;
        }
    }
}

async fn wait_until(way: &str, running: &Running, is_so: fn(&Health) -> bool) {
    let begun = Instant::now();
    while !is_so(&running.health()) {
        let health = running.health();
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{way}: {health:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
