//! The steps of a record: calls that change the files of a store or print a line.

use std::path::Path;

use eventsource_crash_tests::Report;

use super::line::{Call, bytes, calls};

/// A call that matters, with the lines on which it began and ended.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) begun: usize,
    /// `None` if the process ended first.
    pub(crate) ended: Option<usize>,
    pub(crate) operation: Operation,
}

impl Step {
    /// The line on which it ended, or the greatest number if it did not.
    pub(crate) fn end(&self) -> usize {
        self.ended.unwrap_or(usize::MAX)
    }
}

/// The operation of a step. A file is identified by its suffix after the path of the store: `""`,
/// `"-wal"`, `"-journal"`.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    /// The file was opened, and created if it did not exist.
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
    /// The file was synced, or the sync failed.
    Synced {
        file: String,
        failed: bool,
    },
    /// The directory was synced.
    SyncedNames,
    /// The process printed a line.
    Printed(String),
}

/// The steps of a recorded run, and the number of its lines.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) steps: Vec<Step>,
    pub(crate) lines: usize,
    /// The line on which the run began; the steps before it describe files that existed before.
    pub(crate) first: usize,
    /// The lines of injected faults, each with the file.
    pub(crate) injected: Vec<(usize, String)>,
}

impl Recording {
    pub(crate) fn parse(record: &str, store: &Path) -> Self {
        let store = store.to_str().expect("a path of a test is text");
        let step = |call: &Call| {
            Some(Step {
                begun: call.begun,
                ended: call.ended,
                operation: parse_operation(call, store)?,
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

    /// The number of steps of [`Recording::durable`].
    const BEFORE: usize = 4;

    /// Builds the steps for a main file that is durable before the run begins.
    pub(crate) fn durable(main: &[u8]) -> Self {
        let main = main.to_vec();
        let operations = [
            Operation::Opened(String::new()),
            Operation::Wrote {
                file: String::new(),
                at: 0,
                bytes: main,
            },
            Operation::Synced {
                file: String::new(),
                failed: false,
            },
            Operation::SyncedNames,
        ];
        let step = |(line, operation)| Step {
            begun: line,
            ended: Some(line),
            operation,
        };
        Self {
            steps: operations.into_iter().enumerate().map(step).collect(),
            lines: Self::BEFORE,
            first: Self::BEFORE,
            injected: Vec::new(),
        }
    }

    /// Appends the steps of another recording.
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

    /// The report that was printed before this line.
    pub(crate) fn report_before(&self, line: usize) -> Report {
        let before = self.steps.iter().take_while(|step| step.begun < line);
        let lines = before.filter_map(|step| match &step.operation {
            Operation::Printed(line) => Some(line.as_str()),
            _ => None,
        });
        lines.collect()
    }
}

fn parse_operation(call: &Call, store: &str) -> Option<Operation> {
    let failed = call.result.starts_with('-');
    let mut arguments = call.arguments.split(", ");
    let first = arguments.next()?;
    let is_standard = ["0<", "1<", "2<"].contains(&first.get(..2)?);
    match call.name.as_str() {
        "openat" if !failed => own(&quoted(arguments.next()?), store).map(Operation::Opened),
        "unlink" if !failed => own(&quoted(first), store).map(Operation::Removed),
        "write" if first.starts_with("1<") => {
            let line = quoted(arguments.next()?);
            Some(Operation::Printed(line.trim_end().to_owned()))
        }
        "pwrite64" if !failed => {
            let file = own(&described(first), store)?;
            Some(wrote(call, file))
        }
        "ftruncate" if !failed => {
            let (file, to) = (own(&described(first), store)?, arguments.next()?);
            let to = to.parse().expect("a length");
            Some(Operation::Truncated { file, to })
        }
        "fsync" | "fdatasync" => synced(&described(first), store, failed),
        // A call that the model does not know must not change the files.
        _ if !failed && !is_standard && call.arguments.contains(&escaped(store)) => {
            panic!("the store makes a call that the tests do not know: {call:?}")
        }
        _ => None,
    }
}

/// Builds the step of a write. The system may have written fewer bytes than requested.
fn wrote(call: &Call, file: String) -> Operation {
    let mut arguments = call.arguments.split(", ").skip(1);
    let mut bytes = bytes(arguments.next().expect("bytes").trim_matches('"'));
    let at = arguments.nth(1).expect("an offset");
    let at = at.parse().expect("a number");
    if let Some(taken) = call.result.split(' ').next().filter(|it| !it.is_empty()) {
        bytes.truncate(taken.parse().expect("a number"));
    }
    Operation::Wrote { file, at, bytes }
}

fn synced(path: &str, store: &str, failed: bool) -> Option<Operation> {
    match own(path, store) {
        Some(file) => Some(Operation::Synced { file, failed }),
        None if Path::new(store).parent() == Some(Path::new(path)) && !failed => {
            Some(Operation::SyncedNames)
        }
        None => None,
    }
}

/// The suffix of a file of the store. The shared-memory file is left out, as it is never read after a
/// restart.
fn own(path: &str, store: &str) -> Option<String> {
    let file = path.strip_prefix(store)?;
    (file != "-shm").then(|| file.to_owned())
}

fn quoted(argument: &str) -> String {
    text(argument.trim_matches('"'))
}

/// Decodes the path in `4<…>`.
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
