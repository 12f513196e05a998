//! What stands on a disk after the power was cut.
//!
//! The model is what SQLite asks of a disk, and no more:
//!
//! - What was written before a sync of its file began is on the disk once that sync answers. After
//!   a sync that failed, what it was to bring there may be lost for good, whatever later syncs say.
//! - Anything else may be there or not, each write by itself, and of a write each sector of 512
//!   bytes by itself. A sector is the old or the new one, and what stands beside a write stays as
//!   it is (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`).
//! - A file may have grown without its new bytes, which are zeros then, or garbage.
//! - A name is as it was after the last sync of its directory, or after any later change of it,
//!   for each name by itself. To sync a file brings its contents to the disk, not its name.

use std::collections::{BTreeMap, HashMap};

use super::steps::{Deed, Step};

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

/// A name, and which files it stood for, in turn, each with the line from which on.
#[derive(Debug)]
struct Name {
    turns: Vec<(usize, Option<usize>)>,
    /// The last of them that is on the disk.
    durable: usize,
}

/// Which syncs do nothing: the error that the tests have to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    Nothing,
    Everything,
    File(&'static str),
    Names,
}

/// The files of a store, with what of them is on the disk, at one moment of a recorded run.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, Name>,
}

/// A file as a power cut may leave it: what is on the disk, and what may be.
pub(crate) struct Leftover<'d> {
    pub(crate) name: &'d str,
    pub(crate) changes: Vec<(&'d Change, bool)>,
}

impl Disk {
    /// The disk when the power is cut at this line.
    pub(crate) fn cut(steps: &[Step], line: usize, ignored: Ignored) -> Self {
        let mut disk = Self::default();
        // Of what happens at the same time the one that ends first counts first, for a sync
        // counts when it ends.
        let mut moments: Vec<(usize, &Step)> = steps
            .iter()
            .filter(|step| step.begun < line)
            .map(|step| (moment(step), step))
            .filter(|(moment, step)| *moment < line || !is_sync(&step.deed))
            .collect();
        moments.sort_by_key(|(moment, _)| *moment);
        for (_, step) in moments {
            disk.apply(step, ignored);
        }
        disk
    }

    fn apply(&mut self, step: &Step, ignored: Ignored) {
        match &step.deed {
            Deed::Opened(name) => self.open(name, step),
            Deed::Removed(name) => {
                if let Some(name) = self.names.get_mut(name) {
                    name.turns.push((step.end(), None));
                }
            }
            Deed::Wrote { file, at, bytes } => {
                let (at, bytes) = (*at, bytes.clone());
                self.change(file, Change::Write { at, bytes }, step);
            }
            Deed::Truncated { file, to } => {
                self.change(file, Change::Truncate { to: *to }, step);
            }
            Deed::Synced { file, failed } if !ignored.is_file(file) => {
                let durable = if *failed {
                    Durable::Never
                } else {
                    Durable::Yes
                };
                self.sync(file, durable, step.begun);
            }
            Deed::SyncedNames if !matches!(ignored, Ignored::Everything | Ignored::Names) => {
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

    /// The files that are left where `turn` chooses for each name among those it may stand for.
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

    /// The file that it stands for now.
    fn file(&self) -> Option<usize> {
        self.turns.last().and_then(|(_, file)| *file)
    }

    /// Makes durable what it stood for before this line.
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
    if is_sync(&step.deed) {
        step.end()
    } else {
        step.begun
    }
}

fn is_sync(deed: &Deed) -> bool {
    matches!(deed, Deed::Synced { .. } | Deed::SyncedNames)
}

/// The contents of files, by name.
pub(crate) type Contents = HashMap<String, Vec<u8>>;
