//! Rules that several processes obey, and one that does not know of them.

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use eventsource_core::{EventLog, StreamStore};
use support::accounts::{accounts, check, is_taken, open_account, with_emails};
use support::{cart, child, commit, open, store_of_child};

const ADDRESSES: usize = 60;

/// Opens accounts with all addresses, and returns the addresses that this process got first.
async fn race(path: &std::path::Path) -> Vec<usize> {
    let accounts = accounts(&with_emails(path).await);
    let mut won = Vec::new();
    for number in 0..ADDRESSES {
        let answer = open_account(&accounts, &format!("{number}@example.org")).await;
        match answer {
            Ok(_) => won.push(number),
            Err(_) => assert!(is_taken(&answer), "{answer:?}"),
        }
    }
    won
}

fn lines_after(child: &mut Child, word: &str) -> Vec<String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let numbers = lines.filter_map(|line| Some(line.unwrap().strip_prefix(word)?.to_owned()));
    numbers.collect()
}

#[tokio::test]
async fn two_processes_give_no_address_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    // Both are opened on a file that does not know of the rule yet.
    open(&path).await.close().await;
    let mut other = child("races", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut won = race(&path).await;
    let numbers = lines_after(&mut other, "won ");
    assert!(other.wait().unwrap().success());
    won.extend(
        numbers
            .iter()
            .map(|number| number.parse::<usize>().unwrap()),
    );
    won.sort_unstable();
    assert_eq!(won, (0..ADDRESSES).collect::<Vec<_>>());
    let store = with_emails(&path).await;
    assert_eq!(check(&store, &path).await, ADDRESSES);
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn races() {
    let Some(path) = store_of_child() else { return };
    println!();
    for number in race(&path).await {
        println!("won {number}");
    }
}

#[tokio::test]
async fn a_process_that_runs_on_is_refused_once_another_one_registers_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut old = child("appends_without_rules", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(old.stdout.take().unwrap()).lines();
    let mut next = |word: &str| loop {
        let line = lines.next().expect("it goes on until then").unwrap();
        if let Some(rest) = line.strip_prefix(word) {
            return rest.to_owned();
        }
    };
    next("stored");
    let store = with_emails(&path).await;
    let message = next("refused ");
    assert!(message.contains("`emails` version 1"), "{message}");
    assert!(old.wait().unwrap().success());

    let head = store.head().await.unwrap();
    let receipt = open_account(&accounts(&store), "ann").await.unwrap();
    assert_eq!(
        receipt.first.offset().get(),
        head.position().offset().get() + 1,
        "nothing came after"
    );
    assert_eq!(check(&store, &path).await, 1);
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn appends_without_rules() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    println!();
    loop {
        match store.append(commit(&cart())).await {
            Ok(receipt) => println!("stored {}", receipt.last),
            Err(error) => return println!("refused {error}"),
        }
    }
}
