//! What a lock says when a program changes.
//!
//! `UPDATE_EXPECT=1 cargo test -p eventsource-schema --lib lock::` writes the reports anew.

mod aggregates;
mod events;
mod fields;
mod file;
mod meaning;
mod reactors;
mod tags;

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::LockTest;
use super::diff::Comparison;
use super::file::LockFile;
use crate::program::Schema;

/// The program that consists of the items of a module.
macro_rules! program {
    ($module:ident) => {
        $crate::lock::tests::program_of(concat!(module_path!(), "::", stringify!($module)))
    };
}
use program;

fn program_of(module: &str) -> Schema {
    let schema = Schema::of(|item| item.module == module);
    assert!(!schema.events.is_empty(), "nothing in {module}");
    schema
}

/// The lock that a program has.
fn locked(program: &Schema) -> LockFile {
    update(&LockFile::default(), program)
}

/// What becomes of a lock when it is written anew.
fn update(lock: &LockFile, program: &Schema) -> LockFile {
    let comparison = Comparison::of(lock, program);
    assert!(!comparison.breaks(), "{:#?}", comparison.sections);
    let text = comparison.next.to_string();
    let written = LockFile::parse(&text).unwrap();
    assert_eq!(written, comparison.next);
    assert_holds(&written, program);
    written
}

/// That a lock has nothing to say, and would be written as it is.
fn assert_holds(lock: &LockFile, program: &Schema) {
    let comparison = Comparison::of(lock, program);
    assert!(comparison.sections.is_empty(), "{:#?}", comparison.sections);
    assert_eq!(comparison.next, *lock);
}

/// What is told of a program, once another one was locked.
fn assert_report(name: &str, lock: &LockFile, program: &Schema) {
    assert_report_of(name, &lock.to_string(), program);
}

/// The same, of a lock as it is written.
fn assert_report_of(name: &str, lock: &str, program: &Schema) {
    let folder = Folder::new();
    fs::write(folder.0.join("events.lock"), lock).unwrap();
    assert_pinned(name, &folder.test().check(program, None).unwrap_err());
}

fn assert_pinned(name: &str, text: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/lock/tests/told/{name}.txt"));
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "{} says otherwise:\n{text}",
        path.display()
    );
}

/// A folder for one test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = env::temp_dir().join(uuid::Uuid::now_v7().to_string());
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn test(&self) -> LockTest<'_> {
        LockTest {
            file: Path::new("events.lock"),
            folder: self.0.to_str().unwrap(),
            package: "shop",
            modules: &[],
            alone: false,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
