//! Reading and writing the lock file.

use std::ffi::OsString;
use std::fs;

use super::{Folder, program};
use crate::program::Schema;

mod shop {
    use eventsource_core::event;

    #[event(name = "cart.item-added")]
    pub(super) struct ItemAdded {
        sku: String,
    }
}

mod changed {
    use eventsource_core::event;

    #[event(name = "cart.item-added")]
    pub(super) struct ItemAdded {
        sku: u32,
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it is what the variable is")]
fn order(order: &str) -> Option<OsString> {
    Some(order.into())
}

#[test]
fn a_missing_lock_is_reported() {
    let folder = Folder::new();
    let report = folder.test().check(&program!(shop), None).unwrap_err();
    assert_eq!(
        report,
        "there is no events.lock yet; write it, look at it, and keep it under version control:\n    \
         EVENTSOURCE_LOCK=update cargo test -p shop events_are_as_locked\n"
    );
    assert!(files(&folder).is_empty());
}

#[test]
fn a_written_lock_passes() {
    let folder = Folder::new();
    let program = program!(shop);
    folder.test().check(&program, order("update")).unwrap();
    assert_eq!(files(&folder), ["events.lock"]);
    let written = fs::read_to_string(folder.0.join("events.lock")).unwrap();
    folder.test().check(&program, None).unwrap();
    folder.test().check(&program, order("")).unwrap();
    folder.test().check(&program, order("update")).unwrap();
    assert_eq!(
        fs::read_to_string(folder.0.join("events.lock")).unwrap(),
        written
    );
}

#[test]
fn a_breaking_program_does_not_write_the_lock() {
    let folder = Folder::new();
    folder
        .test()
        .check(&program!(shop), order("update"))
        .unwrap();
    let written = fs::read_to_string(folder.0.join("events.lock")).unwrap();
    let report = folder
        .test()
        .check(&program!(changed), order("update"))
        .unwrap_err();
    assert!(report.contains("NOT compatible"), "{report}");
    assert_eq!(
        fs::read_to_string(folder.0.join("events.lock")).unwrap(),
        written
    );
}

#[test]
fn the_variable_is_update_or_unset() {
    let folder = Folder::new();
    let refused = folder
        .test()
        .check(&program!(shop), order("1"))
        .unwrap_err();
    assert_eq!(
        refused,
        "EVENTSOURCE_LOCK is `1`, and can only be `update`; without it the program is compared with its lock"
    );
}

#[test]
fn an_unreadable_lock_is_an_error_with_its_line() {
    let folder = Folder::new();
    let lock = folder.0.join("events.lock");
    fs::write(&lock, "format 1\n<<<<<<< HEAD\n").unwrap();
    for order in [None, order("update")] {
        let refused = folder.test().check(&program!(shop), order).unwrap_err();
        assert!(
            refused.starts_with("events.lock:2: two branches"),
            "{refused}"
        );
    }
    fs::write(&lock, b"\xff").unwrap();
    let refused = folder.test().check(&program!(shop), None).unwrap_err();
    assert!(
        refused.starts_with("events.lock cannot be read: "),
        "{refused}"
    );
}

#[test]
fn a_failed_write_leaves_no_file() {
    let folder = Folder::new();
    let mut test = folder.test();
    test.file = "missing/events.lock".as_ref();
    let refused = test.check(&program!(shop), order("update")).unwrap_err();
    assert!(
        refused.starts_with("missing/events.lock cannot be written: "),
        "{refused}"
    );
    assert!(files(&folder).is_empty());
}

#[test]
fn a_program_without_events_is_an_error() {
    let folder = Folder::new();
    let nothing = Schema::of(|_| false);
    for order in [None, order("update")] {
        let refused = folder.test().check(&nothing, order).unwrap_err();
        assert_eq!(
            refused,
            "no event is linked into this test\n\
             write lock!(\"..\", crates(shop)) with the crates that hold the events, by their own names; \
             one that Cargo.toml renames to `other` is linked by `use other as _;`"
        );
    }
}

#[test]
fn crates_and_modules_without_events_are_an_error() {
    let folder = Folder::new();
    let mut test = folder.test();
    let shop = concat!(module_path!(), "::shop");
    test.modules = &["eventsource_schema", "eventsource", "billing"];
    for order in [None, order("update")] {
        let refused = test.check(&program!(shop), order).unwrap_err();
        assert!(
            refused.starts_with(
                "no event of `eventsource`, `billing` is linked into this test; events come from `eventsource_schema`\n"
            ),
            "{refused}"
        );
    }
    let modules = ["r#eventsource_schema", shop];
    test.modules = &modules;
    test.check(&program!(shop), order("update")).unwrap();
}

fn files(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(&folder.0).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}
