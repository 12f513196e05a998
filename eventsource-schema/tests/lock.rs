//! `lock!`, as users write it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use eventsource_core::{Aggregate, Apply, event};

#[event]
enum CartEvent {
    ItemAdded { sku: String, quantity: u32 },
    CheckedOut,
}

#[expect(dead_code, reason = "none is loaded here")]
#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
struct Cart {
    items: u32,
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, event: CartEvent) {
        match event {
            CartEvent::ItemAdded { quantity, .. } => self.items += quantity,
            CartEvent::CheckedOut => self.items = 0,
        }
    }
}

eventsource_schema::lock!(file());

/// The environment variable with which this test runs itself on another lock.
const FILE: &str = "TESTED_LOCK";

fn file() -> PathBuf {
    let tested = env::var_os(FILE).map(PathBuf::from);
    tested.unwrap_or_else(|| "tests/lock/events.lock".into())
}

#[test]
fn a_lock_is_written_and_passes_until_the_program_changes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lock");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let lock = folder.join("events.lock");

    let report = run(&lock, None).unwrap_err();
    assert!(
        report.contains("EVENTSOURCE_LOCK=update cargo test -p eventsource-schema"),
        "{report}"
    );
    assert!(!lock.exists());

    run(&lock, Some("update")).unwrap();
    run(&lock, None).unwrap();
    let written = fs::read_to_string(&lock).unwrap();
    assert_eq!(
        written,
        fs::read_to_string("tests/lock/events.lock").unwrap()
    );

    let wider = written.replace("quantity: u32", "quantity: u64");
    fs::write(&lock, &wider).unwrap();
    for order in [None, Some("update")] {
        let report = run(&lock, order).unwrap_err();
        assert!(
            report.contains(
                "NOT compatible: `quantity` does not accept every value that it accepted"
            ),
            "{report}"
        );
        assert_eq!(fs::read_to_string(&lock).unwrap(), wider);
    }

    fs::write(&lock, written.replace("quantity: u32", "quantity: u16")).unwrap();
    let report = run(&lock, None).unwrap_err();
    assert!(
        report.contains("compatible: `quantity` accepts more values now"),
        "{report}"
    );
    run(&lock, Some("update")).unwrap();
    assert_eq!(fs::read_to_string(&lock).unwrap(), written);
}

/// Runs the test that `lock!` made, and returns its message if it failed.
fn run(lock: &Path, order: Option<&str>) -> Result<(), String> {
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "events_are_as_locked"])
        .env(FILE, lock);
    match order {
        Some(order) => test.env("EVENTSOURCE_LOCK", order),
        None => test.env_remove("EVENTSOURCE_LOCK"),
    };
    let output = test.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("running 1 test"), "{said}");
    if output.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}
