//! The program, as a newcomer runs it.

use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;

fn cart(store: &Path) -> Output {
    let mut cart = Command::new(env!("CARGO_BIN_EXE_cart"));
    cart.arg(store).output().unwrap()
}

/// The position, the name and the payload of each event, by the SQL that the program ends with.
fn history(store: &Path, printed: &str) -> Vec<(i64, String, String)> {
    let last = printed.lines().last().unwrap();
    let before = format!("to look inside: sqlite3 {} \"", store.display());
    let sql = last.strip_prefix(&before).expect(last);
    let sql = sql.strip_suffix('"').expect(last);
    let store = Connection::open(store).unwrap();
    let mut statement = store.prepare(sql).unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_sql_that_the_program_ends_with_shows_the_history_which_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("cart.db");
    for runs in 1..=2 {
        let output = cart(&store);
        assert!(output.status.success(), "{output:?}");
        let history = history(&store, &String::from_utf8(output.stdout).unwrap());
        assert_eq!(history.len(), 4 * runs);
        let (position, name, payload) = &history[0];
        assert_eq!((*position, name.as_str()), (1, "cart.item-added"));
        assert_eq!(payload, r#"{"sku":"tea","quantity":2}"#);
        assert_eq!(history[2].1, "cart.item-removed");
    }
}

#[test]
fn a_file_that_is_no_store_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    let text = "These are notes. ".repeat(100);
    std::fs::write(&file, &text).unwrap();
    let output = cart(&file);
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.contains("notes.txt"), "{printed}");
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}
