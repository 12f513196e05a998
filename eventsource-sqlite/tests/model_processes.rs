//! Read models that several processes write, and processes that are killed.

mod support;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use eventsource_core::read_model::{Generation, Select, WriteError};
use eventsource_core::{Key, ReadModelStore, StreamStore};
use support::models::{claim, model, put, serve, step, table};
use support::{child, open, store_of_child};

#[tokio::test]
async fn whoever_claims_last_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (one, other, demand) = (open(&path).await, open(&path).await, model("demand", 1));
    let main = (&demand, Generation::Serving);
    let from = serve(&one, &demand, vec![put("tea", "1")]).await;
    let taken = claim(&other, &demand, Generation::Serving).await.unwrap();
    let late = one.write(step(main, from, vec![put("tea", "0")])).await;
    assert!(
        matches!(late, Err(WriteError::TakenOver { .. })),
        "{late:?}"
    );
    other
        .write(step(main, taken, vec![put("tea", "2")]))
        .await
        .unwrap();
    let keys = Select::Keys(vec![Key::of("tea")]);
    let found = one.rows(table("demand", 1), Generation::Serving, keys);
    let found = found.await.unwrap();
    assert_eq!(&*found.rows[0].1, "2");
    assert_eq!(found.progress.checkpoint.epoch, taken.epoch);
}

/// Each row has the number of its writes, which has to agree with the checkpoint.
#[tokio::test]
async fn after_a_kill_rows_and_checkpoint_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut last = 0;
    for round in 0..12 {
        let mut child = child("writes_for_ever", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut steps = lines
            .map_while(Result::ok)
            .filter(|line| line.contains("step"));
        for _ in 0..=round * 3 {
            steps.next().expect("it does not end");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let reported = steps
            .last()
            .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap());

        let store = open(&path).await;
        store.verify().await.unwrap();
        let keys = Select::Keys(["a", "b"].into_iter().map(Key::of).collect());
        let found = store.rows(table("counted", 1), Generation::Serving, keys);
        let found = found.await.unwrap();
        let position = found.progress.checkpoint.at.position().offset().get();
        let rows: Vec<&str> = found.rows.iter().map(|(_, row)| &**row).collect();
        assert_eq!(rows, [position.to_string(), position.to_string()]);
        assert!(position > last, "it goes on where it stood");
        assert!(
            position >= reported.unwrap_or(0),
            "a process lost what only a power cut may lose"
        );
        last = position;
        store.close().await;
    }
}

#[tokio::test]
#[ignore = "runs as a process of its own"]
async fn writes_for_ever() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    let counted = model("counted", 1);
    let mut at = claim(&store, &counted, Generation::Serving).await.unwrap();
    loop {
        let row = (at.at.position().offset().get() + 1).to_string();
        let rows = vec![put("a", &row), put("b", &row)];
        at = store
            .write(step((&counted, Generation::Serving), at, rows))
            .await
            .unwrap();
        println!("step {}", at.at.position());
        let commit = support::commit(&support::cart());
        store.append(commit).await.unwrap();
    }
}
