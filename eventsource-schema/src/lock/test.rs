//! The test that `lock!` makes.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::diff::Diff;
use super::file::LockFile;
use super::report::Report;
use crate::program::{EventSchema, Schema};

/// The environment variable that makes the test write the lock.
const VARIABLE: &str = "EVENTSOURCE_LOCK";

/// The arguments of the test that [`lock!`](crate::lock) makes.
#[derive(Clone, Copy, Debug)]
pub struct LockTest<'a> {
    /// The lock file, relative to `folder`.
    pub file: &'a Path,
    /// The folder of the package that contains the test.
    pub folder: &'a str,
    /// The name of that package.
    pub package: &'a str,
    /// The crates or modules of which each must have events.
    pub modules: &'a [&'a str],
    /// Whether only these are compared.
    pub alone: bool,
}

impl LockTest<'_> {
    /// Compares this program with its lock, or writes the lock.
    ///
    /// # Panics
    ///
    /// If they differ.
    #[track_caller]
    pub fn run(&self) {
        let order = std::env::var_os(VARIABLE);
        let program =
            Schema::of(|item| !self.alone || self.modules.iter().any(|module| item.is_in(module)));
        if let Err(report) = self.check(&program, order) {
            panic!("{report}");
        }
    }

    pub(super) fn check(&self, program: &Schema, order: Option<OsString>) -> Result<(), String> {
        let is_update = is_update(order)?;
        self.is_linked(program)?;
        let text = self.read()?;
        let lock = match &text {
            Some(text) => self.parse(text)?,
            None => LockFile::default(),
        };
        let diff = Diff::of(&lock, program);
        if is_update && !diff.breaks() {
            return self.write(&diff.next.to_string(), text.as_deref());
        }
        if text.is_some() && diff.sections.is_empty() {
            return Ok(());
        }
        let report = Report {
            diff: &diff,
            file: &self.name(),
            update: &self.update(),
            exists: text.is_some(),
        };
        Err(report.to_string())
    }

    /// Checks that the crates with the events are linked. Without them, the test would compare nothing.
    fn is_linked(&self, program: &Schema) -> Result<(), String> {
        let is_missing = |module: &&&str| {
            let mut events = program.events.iter();
            events.all(|event| !event.at.is_in(module))
        };
        let missing: Vec<_> = self.modules.iter().filter(is_missing).copied().collect();
        if missing.is_empty() && !program.events.is_empty() {
            return Ok(());
        }
        let mut linked: Vec<_> = program.events.iter().map(EventSchema::crate_name).collect();
        linked.sort_unstable();
        linked.dedup();
        let no_event = match missing.as_slice() {
            [] => "no event".to_owned(),
            missing => format!("no event of `{}`", missing.join("`, `")),
        };
        let come_from = match linked.as_slice() {
            [] => String::new(),
            linked => format!("; events come from `{}`", linked.join("`, `")),
        };
        Err(format!(
            "{no_event} is linked into this test{come_from}\n\
             write lock!(\"..\", crates(shop)) with the crates that hold the events, by their own names; \
             one that Cargo.toml renames to `other` is linked by `use other as _;`"
        ))
    }

    fn read(&self) -> Result<Option<String>, String> {
        match fs::read_to_string(self.path()) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{} cannot be read: {error}", self.name())),
        }
    }

    fn parse(&self, text: &str) -> Result<LockFile, String> {
        LockFile::parse(text).map_err(|unreadable| {
            let (file, line, reason) = (self.name(), unreadable.line, unreadable.reason);
            format!("{file}:{line}: {reason}\nrestore the lock from version control")
        })
    }

    /// Writes the lock atomically.
    fn write(&self, text: &str, before: Option<&str>) -> Result<(), String> {
        if before == Some(text) {
            return Ok(());
        }
        let path = self.path();
        let mut beside = path.clone().into_os_string();
        beside.push(format!(".{}.new", std::process::id()));
        let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &path));
        written.map_err(|error: io::Error| {
            // The temporary file may be left behind.
            let _ = fs::remove_file(&beside);
            format!("{} cannot be written: {error}", self.name())
        })
    }

    fn path(&self) -> PathBuf {
        Path::new(self.folder).join(self.file)
    }

    fn name(&self) -> String {
        self.file.display().to_string()
    }

    fn update(&self) -> String {
        format!(
            "{VARIABLE}=update cargo test -p {} events_are_as_locked",
            self.package
        )
    }
}

fn is_update(order: Option<OsString>) -> Result<bool, String> {
    match order {
        None => Ok(false),
        Some(order) if order.is_empty() => Ok(false),
        Some(order) if order == "update" => Ok(true),
        Some(order) => Err(format!(
            "{VARIABLE} is `{}`, and can only be `update`; without it the program is compared with its lock",
            order.display()
        )),
    }
}
