//! What the calls of a record did to the files of a store.

use std::path::Path;

use eventsource_crash_tests::Told;

use super::line::{Call, bytes, calls};

/// A call that matters, with the lines on which it began and ended.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) begun: usize,
    /// `None` if the process ended first.
    pub(crate) ended: Option<usize>,
    pub(crate) deed: Deed,
}

impl Step {
    /// The line on which it ended, if it did.
    pub(crate) fn end(&self) -> usize {
        self.ended.unwrap_or(usize::MAX)
    }
}

/// Files go by what their name has behind that of the store: `""`, `"-wal"`, `"-journal"`.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// The file was opened, and created if there was none.
    Opened(String),
    Removed(String),
    Wrote {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncated {
        file: String,
        to: usize,
    },
    /// The system said that the file is on the disk, or that it failed to bring it there.
    Synced {
        file: String,
        failed: bool,
    },
    /// The same of the names in the directory.
    SyncedNames,
    Told(String),
}

/// What a record tells of the store at this path, and how many lines it has.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) steps: Vec<Step>,
    pub(crate) lines: usize,
    /// The line on which the run began; what stands before it was there before.
    pub(crate) first: usize,
    /// The lines on which a call on a file was made to fail, and the file.
    pub(crate) injected: Vec<(usize, String)>,
}

impl Recording {
    pub(crate) fn parse(record: &str, store: &Path) -> Self {
        let store = store.to_str().expect("a path of a test is text");
        let step = |call: &Call| {
            Some(Step {
                begun: call.begun,
                ended: call.ended,
                deed: deed(call, store)?,
            })
        };
        let calls = calls(record);
        let injected = |call: &Call| {
            let path = described(call.arguments.split(", ").next()?);
            let file = path.strip_prefix(store).unwrap_or("directory");
            let injected = call.result.contains("(INJECTED)");
            injected.then(|| (call.begun, file.to_owned()))
        };
        Self {
            steps: calls.iter().filter_map(step).collect(),
            lines: record.lines().count(),
            first: 0,
            injected: calls.iter().filter_map(injected).collect(),
        }
    }

    /// How many steps [`Recording::durable`] are.
    const BEFORE: usize = 4;

    /// A main file that is on the disk before anything else happens.
    pub(crate) fn durable(main: &[u8]) -> Self {
        let main = main.to_vec();
        let deeds = [
            Deed::Opened(String::new()),
            Deed::Wrote {
                file: String::new(),
                at: 0,
                bytes: main,
            },
            Deed::Synced {
                file: String::new(),
                failed: false,
            },
            Deed::SyncedNames,
        ];
        let step = |(line, deed)| Step {
            begun: line,
            ended: Some(line),
            deed,
        };
        Self {
            steps: deeds.into_iter().enumerate().map(step).collect(),
            lines: Self::BEFORE,
            first: Self::BEFORE,
            injected: Vec::new(),
        }
    }

    /// These steps and then others.
    pub(crate) fn then(mut self, others: Self) -> Self {
        let before = self.lines;
        let later = others.steps.into_iter().map(|step| Step {
            begun: step.begun + before,
            ended: step.ended.map(|ended| ended + before),
            ..step
        });
        self.steps.extend(later);
        self.lines += others.lines;
        let later = others.injected.into_iter();
        let later = later.map(|(line, file)| (line + before, file));
        self.injected.extend(later);
        self
    }

    /// What was told before this line.
    pub(crate) fn told_before(&self, line: usize) -> Told {
        let before = self.steps.iter().take_while(|step| step.begun < line);
        let lines = before.filter_map(|step| match &step.deed {
            Deed::Told(line) => Some(line.as_str()),
            _ => None,
        });
        lines.collect()
    }
}

fn deed(call: &Call, store: &str) -> Option<Deed> {
    let failed = call.result.starts_with('-');
    let mut arguments = call.arguments.split(", ");
    let first = arguments.next()?;
    let is_standard = ["0<", "1<", "2<"].contains(&first.get(..2)?);
    match call.name.as_str() {
        "openat" if !failed => own(&quoted(arguments.next()?), store).map(Deed::Opened),
        "unlink" if !failed => own(&quoted(first), store).map(Deed::Removed),
        "write" if first.starts_with("1<") => {
            let line = quoted(arguments.next()?);
            Some(Deed::Told(line.trim_end().to_owned()))
        }
        "pwrite64" if !failed => {
            let file = own(&described(first), store)?;
            Some(wrote(call, file))
        }
        "ftruncate" if !failed => {
            let (file, to) = (own(&described(first), store)?, arguments.next()?);
            let to = to.parse().expect("a length");
            Some(Deed::Truncated { file, to })
        }
        "fsync" | "fdatasync" => synced(&described(first), store, failed),
        // What the model does not know must not happen to the files.
        _ if !failed && !is_standard && call.arguments.contains(&escaped(store)) => {
            panic!("the store makes a call that the tests do not know: {call:?}")
        }
        _ => None,
    }
}

/// What was written is what the system took of it, which may be less than was asked.
fn wrote(call: &Call, file: String) -> Deed {
    let mut arguments = call.arguments.split(", ").skip(1);
    let mut bytes = bytes(arguments.next().expect("bytes").trim_matches('"'));
    let at = arguments.nth(1).expect("an offset");
    let at = at.parse().expect("a number");
    if let Some(taken) = call.result.split(' ').next().filter(|it| !it.is_empty()) {
        bytes.truncate(taken.parse().expect("a number"));
    }
    Deed::Wrote { file, at, bytes }
}

fn synced(path: &str, store: &str, failed: bool) -> Option<Deed> {
    match own(path, store) {
        Some(file) => Some(Deed::Synced { file, failed }),
        None if Path::new(store).parent() == Some(Path::new(path)) && !failed => {
            Some(Deed::SyncedNames)
        }
        None => None,
    }
}

/// What is shared between processes is never read after a restart, so it is no file here.
fn own(path: &str, store: &str) -> Option<String> {
    let file = path.strip_prefix(store)?;
    (file != "-shm").then(|| file.to_owned())
}

fn quoted(argument: &str) -> String {
    text(argument.trim_matches('"'))
}

/// The path in `4<…>`.
fn described(argument: &str) -> String {
    let path = argument.split_once('<').map_or("", |(_, path)| path);
    text(path.split('>').next().unwrap_or_default())
}

fn escaped(text: &str) -> String {
    let escape = |escaped: String, byte| format!("{escaped}\\x{byte:02x}");
    text.bytes().fold(String::new(), escape)
}

fn text(escaped: &str) -> String {
    String::from_utf8_lossy(&bytes(escaped)).into_owned()
}
