//! The differences between the program and its lock file.

use super::change::Change;
use super::file::LockFile;
use super::{aggregates, events, reactors};
use crate::program::Schema;

/// The differences between the program and its lock file, and the lock file that an update would write.
#[derive(Debug, Default)]
pub(super) struct Diff {
    pub(super) sections: Vec<Section>,
    pub(super) next: LockFile,
}

/// The differences of one event, aggregate or reactor.
#[derive(Debug)]
pub(super) struct Section {
    /// The first line of its block in the lock.
    pub(super) block: String,
    /// The path in the code.
    pub(super) path: Option<String>,
    pub(super) changes: Vec<Change>,
    /// The advice for all changes together.
    pub(super) advice: Option<String>,
}

impl Diff {
    pub(super) fn of(lock: &LockFile, program: &Schema) -> Self {
        let mut diff = Self::default();
        aggregates::compare(lock, program, &mut diff);
        events::compare(lock, program, &mut diff);
        reactors::compare(lock, program, &mut diff);
        diff
    }

    /// Adds a section, if there are changes.
    pub(super) fn add_section(
        &mut self,
        block: String,
        path: Option<String>,
        changes: Vec<Change>,
    ) {
        if !changes.is_empty() {
            self.sections.push(Section {
                block,
                path,
                changes,
                advice: None,
            });
        }
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.sections.iter().flat_map(|section| &section.changes)
    }

    pub(super) fn breaks(&self) -> bool {
        self.changes().any(Change::is_breaking)
    }
}
