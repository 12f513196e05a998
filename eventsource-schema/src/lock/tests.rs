//! Reports of the lock when a program changes.
//!
//! `UPDATE_EXPECT=1 cargo test -p eventsource-schema --lib lock::` writes the expected reports.

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
use super::diff::Diff;
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

/// The lock of a program.
fn locked(program: &Schema) -> LockFile {
    update(&LockFile::default(), program)
}

/// Updates a lock for a program without breaking changes.
fn update(lock: &LockFile, program: &Schema) -> LockFile {
    let diff = Diff::of(lock, program);
    assert!(!diff.breaks(), "{:#?}", diff.sections);
    let text = diff.next.to_string();
    let written = LockFile::parse(&text).unwrap();
    assert_eq!(written, diff.next);
    assert_holds(&written, program);
    written
}

/// Asserts that there are no differences, and that an update would not change the lock.
fn assert_holds(lock: &LockFile, program: &Schema) {
    let diff = Diff::of(lock, program);
    assert!(diff.sections.is_empty(), "{:#?}", diff.sections);
    assert_eq!(diff.next, *lock);
}

/// Asserts the report for a program that differs from a lock.
fn assert_report(name: &str, lock: &LockFile, program: &Schema) {
    assert_report_of(name, &lock.to_string(), program);
}

/// Asserts the report for a program that differs from a lock's text.
fn assert_report_of(name: &str, lock: &str, program: &Schema) {
    let folder = Folder::new();
    fs::write(folder.0.join("events.lock"), lock).unwrap();
    assert_pinned(name, &folder.test().check(program, None).unwrap_err());
}

fn assert_pinned(name: &str, text: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/lock/tests/reports/{name}.txt"));
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{} differs:\n{text}", path.display());
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
