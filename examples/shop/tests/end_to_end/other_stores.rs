//! The shop on the store of another program.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cart::Cart;
use eventsource_core::{Id, Repository};
use eventsource_sqlite::SqliteStore;

/// Adds an item, as a program without the shop's rules does.
async fn add_to_cart(store: &Path) {
    let store = SqliteStore::open(store).await.unwrap();
    let carts = Repository::<Cart>::new(store.clone());
    let added = carts.execute(Id::new(), |cart| cart.add("tea", 1)).await;
    store.close().await;
    added.unwrap();
}

#[tokio::test]
async fn the_store_of_a_cart_stays_the_carts() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("cart.db");
    add_to_cart(&store).await;

    let mut shop = Command::new(env!("CARGO_BIN_EXE_shop"));
    shop.args(["--port", "0", "--store"]).arg(&store);
    shop.arg("--receipts").arg(folder.path().join("receipts"));
    let (stdout, stderr) = (Stdio::piped(), Stdio::piped());
    let mut shop = shop.stdout(stdout).stderr(stderr).spawn().unwrap();
    let mut opened = String::new();
    let output = shop.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut opened).unwrap();
    // It would not end by itself.
    if !opened.is_empty() {
        shop.kill().unwrap();
    }
    let refused = shop.wait_with_output().unwrap();
    assert_eq!(opened, "");
    assert!(!refused.status.success());
    let message = String::from_utf8(refused.stderr).unwrap();
    for part in ["cart.db", "`emails` version 1", "use another file"] {
        assert!(message.contains(part), "{message}");
    }

    add_to_cart(&store).await;
}
