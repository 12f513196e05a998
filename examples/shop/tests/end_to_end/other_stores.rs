//! The shop on the store of another program.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn cart(store: &Path) -> Output {
    let mut cart = Command::new(env!("CARGO_BIN_EXE_cart"));
    cart.arg(store).output().unwrap()
}

#[test]
fn the_store_of_a_cart_stays_the_carts() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("cart.db");
    assert!(cart(&store).status.success());

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

    let again = cart(&store);
    let message = String::from_utf8(again.stderr).unwrap();
    assert!(again.status.success(), "{message}");
}
