//! The content of a disk after a power cut.
//!
//! The model is what SQLite requires of a disk, and no more:
//!
//! - A write that precedes the start of a sync of its file is durable once that sync returns. After
//!   a failed sync, the writes that it covered may be lost permanently, even if later syncs succeed.
//! - Any other write may be on the disk or not, independently of others, and so may each of its
//!   sectors of 512 bytes. A sector is the old or the new one, and the bytes beside a write do not
//!   change (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`).
//! - A file may have grown without its new bytes, which are then zeros or garbage.
//! - A name is in the state after the last sync of its directory, or after any later change of it,
//!   independently of other names. A sync of a file makes its content durable, not its name.

use std::collections::{BTreeMap, HashMap};

use super::steps::{Operation, Step};

/// A change of the contents of a file.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { to: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durable {
    Yes,
    No,
    /// A sync of it failed.
    Never,
}

/// One file under a name. A name that is removed and created again stands for another file.
#[derive(Debug, Default)]
struct File {
    changes: Vec<(Change, Durable, usize)>,
}

/// A name and the files that it stood for, in order, each with the line of the change.
#[derive(Debug)]
struct Name {
    turns: Vec<(usize, Option<usize>)>,
    /// The index of the last durable one.
    durable: usize,
}

/// The syncs that the model ignores: a fault that the tests have to detect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    Nothing,
    Everything,
    File(&'static str),
    Names,
}

/// The files of a store and their durable parts, at one moment of a recorded run.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, Name>,
}

/// A file as a power cut may leave it: its changes, each with whether it is durable.
pub(crate) struct Leftover<'d> {
    pub(crate) name: &'d str,
    pub(crate) changes: Vec<(&'d Change, bool)>,
}

impl Disk {
    /// The disk when the power is cut at this line.
    pub(crate) fn cut(steps: &[Step], line: usize, ignored: Ignored) -> Self {
        let mut disk = Self::default();
        // A sync takes effect when it ends, every other step when it begins.
        let mut moments: Vec<(usize, &Step)> = steps
            .iter()
            .filter(|step| step.begun < line)
            .map(|step| (moment(step), step))
            .filter(|(moment, step)| *moment < line || !is_sync(&step.operation))
            .collect();
        moments.sort_by_key(|(moment, _)| *moment);
        for (_, step) in moments {
            disk.apply(step, ignored);
        }
        disk
    }

    fn apply(&mut self, step: &Step, ignored: Ignored) {
        match &step.operation {
            Operation::Opened(name) => self.open(name, step),
            Operation::Removed(name) => {
                if let Some(name) = self.names.get_mut(name) {
                    name.turns.push((step.end(), None));
                }
            }
            Operation::Wrote { file, at, bytes } => {
                let (at, bytes) = (*at, bytes.clone());
                self.change(file, Change::Write { at, bytes }, step);
            }
            Operation::Truncated { file, to } => {
                self.change(file, Change::Truncate { to: *to }, step);
            }
            Operation::Synced { file, failed } if !ignored.is_file(file) => {
                let durable = if *failed {
                    Durable::Never
                } else {
                    Durable::Yes
                };
                self.sync(file, durable, step.begun);
            }
            Operation::SyncedNames if !matches!(ignored, Ignored::Everything | Ignored::Names) => {
                let names = self.names.values_mut();
                names.for_each(|name| name.sync(step.begun));
            }
            _ => {}
        }
    }

    fn open(&mut self, name: &str, step: &Step) {
        let name = self.names.entry(name.to_owned()).or_insert_with(Name::new);
        if name.file().is_none() {
            name.turns.push((step.end(), Some(self.files.len())));
            self.files.push(File::default());
        }
    }

    fn change(&mut self, name: &str, change: Change, step: &Step) {
        let changes = &mut self.file(name).changes;
        changes.push((change, Durable::No, step.end()));
    }

    fn sync(&mut self, name: &str, to: Durable, begun: usize) {
        let before = self.file(name).changes.iter_mut();
        for (_, durable, ended) in before {
            if *durable == Durable::No && (*ended < begun || to == Durable::Never) {
                *durable = to;
            }
        }
    }

    fn file(&mut self, name: &str) -> &mut File {
        let file = self.names[name].file();
        &mut self.files[file.expect("a file is written between its creation and its removal")]
    }

    /// The files that are left, if `turn` chooses for each name one of the files that it may stand
    /// for.
    pub(crate) fn leftovers(&self, mut turn: impl FnMut(usize) -> usize) -> Vec<Leftover<'_>> {
        let mut left = Vec::new();
        for (name, of_name) in &self.names {
            let possible = &of_name.turns[of_name.durable..];
            if let (_, Some(file)) = possible[turn(possible.len())] {
                let changes = self.files[file].changes.iter();
                let changes =
                    changes.map(|(change, durable, _)| (change, *durable == Durable::Yes));
                left.push(Leftover {
                    name,
                    changes: changes.collect(),
                });
            }
        }
        left
    }
}

impl Name {
    fn new() -> Self {
        Self {
            turns: vec![(0, None)],
            durable: 0,
        }
    }

    /// The file that the name stands for now.
    fn file(&self) -> Option<usize> {
        self.turns.last().and_then(|(_, file)| *file)
    }

    /// Makes the state of the name before this line durable.
    fn sync(&mut self, begun: usize) {
        let before = self.turns.iter().rposition(|(from, _)| *from < begun);
        self.durable = before.unwrap_or(0).max(self.durable);
    }
}

impl Ignored {
    fn is_file(self, name: &str) -> bool {
        matches!(self, Self::Everything) || matches!(self, Self::File(file) if file == name)
    }
}

fn moment(step: &Step) -> usize {
    if is_sync(&step.operation) {
        step.end()
    } else {
        step.begun
    }
}

fn is_sync(operation: &Operation) -> bool {
    matches!(operation, Operation::Synced { .. } | Operation::SyncedNames)
}

/// The contents of files, by name.
pub(crate) type Contents = HashMap<String, Vec<u8>>;
