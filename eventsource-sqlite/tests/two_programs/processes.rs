//! Two programs in processes of their own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use eventsource_core::{Id, Loaded, Repository, uuid::Uuid};

use crate::programs::{new, old};
use crate::support::with_causes::with_causes;
use crate::support::{child, open, store_of_child};

#[tokio::test]
async fn an_old_process_is_refused_from_the_first_event_of_a_new_one_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let id = Uuid::now_v7();
    let mut old = child("processes::adds_until_it_is_refused", &path)
        .env("CART", id.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(old.stdout.take().unwrap()).lines();
    let mut next = |word: &str| loop {
        let line = lines.next().expect("it tells how it ends").unwrap();
        if let Some(rest) = line.strip_prefix(word) {
            return rest.to_owned();
        }
    };
    for _ in 0..5 {
        next("stored");
    }
    let store = open(&path).await;
    let new = Repository::<new::Cart>::new(store);
    let id = Id::from_uuid(id);
    new.execute(id, new::Cart::add).await.unwrap();
    let (stored, error) = {
        let rest = next("refused after ");
        let (stored, error) = rest.split_once(": ").unwrap();
        (stored.parse::<u64>().unwrap(), error.to_owned())
    };
    assert!(error.contains("is stored in version 2"), "{error}");
    assert!(old.wait().unwrap().success());
    let cart = new.load(id).await.unwrap();
    assert_eq!(cart.items, stored + 2, "every acknowledged item is stored");
    assert_eq!(Loaded::revision(&cart).version(), stored + 1);
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn adds_until_it_is_refused() {
    let Some(path) = store_of_child() else { return };
    let id = std::env::var("CART").unwrap().parse::<Uuid>().unwrap();
    println!();
    let refused = add_until_refused(&path, Id::from_uuid(id)).await;
    println!("refused after {}: {}", refused.0, refused.1);
}

async fn add_until_refused(path: &Path, id: Id<old::Cart>) -> (u64, String) {
    let carts = Repository::<old::Cart>::new(open(path).await).cached(1);
    for stored in 0.. {
        match carts.execute(id, old::Cart::add).await {
            Ok(_) => println!("stored"),
            Err(error) => return (stored, with_causes(&error)),
        }
    }
    unreachable!("somebody ends it")
}
