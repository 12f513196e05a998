//! Several processes on one file.

mod support;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use eventsource_core::store::Expect;
use eventsource_core::uuid::Uuid;
use eventsource_core::{AppendError, Revision, Store, StreamStore};
use support::{cart, child, commit, commit_ids, open, store_of_child};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_never_both_win() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (one, other, cart) = (open(&path).await, open(&path).await, cart());
    assert_eq!(one.id(), other.id());
    let mut revision = Revision::NONE;
    for _ in 0..50 {
        let expect = Expect::At {
            stream: cart.clone(),
            revision,
        };
        let (a, b) = (
            commit(&cart).expect(expect.clone()),
            commit(&cart).expect(expect),
        );
        let (a, b) = tokio::join!(one.append(a), other.append(b));
        let (winner, loser) = if a.is_ok() { (a, b) } else { (b, a) };
        revision = winner.unwrap().revision();
        let AppendError::Conflict(conflict) = loser.unwrap_err() else {
            panic!("no conflict")
        };
        assert_eq!(conflict.actual, Some(revision));
        assert_eq!(conflict.missed.len(), 1);
    }
    assert_eq!(commit_ids(&one).await.len(), 50);
}

#[tokio::test]
async fn what_one_process_stored_the_other_does_not_store_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (one, other, commit) = (open(&path).await, open(&path).await, commit(&cart()));
    let receipt = one.append(commit.clone()).await.unwrap();
    assert_eq!(other.append(commit).await.unwrap(), receipt.into_repeated());
}

#[tokio::test]
async fn five_processes_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let children: Vec<_> = (0..5)
        .map(|_| child("appends_twenty", &path).spawn().unwrap())
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = open(&path).await;
    store.verify().await.unwrap();
    assert_eq!(commit_ids(&store).await.len(), 100);
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn appends_twenty() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    for _ in 0..20 {
        store.append(commit(&cart())).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut acknowledged = HashSet::new();
    for round in 1..=5 {
        let mut child = child("appends_for_ever", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ids =
            lines.filter_map(|line| line.unwrap().strip_prefix("stored ")?.parse::<Uuid>().ok());
        acknowledged.extend(ids.take(round * 37));
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(&path).await;
        store.verify().await.unwrap();
        let stored: HashSet<Uuid> = commit_ids(&store).await.into_iter().collect();
        assert!(
            stored.is_superset(&acknowledged),
            "{:?}",
            acknowledged.difference(&stored)
        );
    }
    assert_eq!(acknowledged.len(), 37 * 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "another test starts it, and kills it"]
async fn appends_for_ever() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    let writers = (0..4).map(|_| tokio::spawn(append_for_ever(store.clone())));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn append_for_ever(store: eventsource_sqlite::SqliteStore) {
    loop {
        let receipt = store.append(commit(&cart())).await.unwrap();
        println!("\nstored {}", receipt.commit_id);
    }
}
