//! The program beside its lock.

use super::change::Change;
use super::file::LockFile;
use super::{aggregates, events, reactors};
use crate::program::Schema;

/// How the program differs from its lock, and the lock that it would have.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) sections: Vec<Section>,
    pub(super) next: LockFile,
}

/// How one event, aggregate or reactor differs.
#[derive(Debug)]
pub(super) struct Section {
    /// As its block in the lock begins.
    pub(super) block: String,
    /// Where it stands in the code.
    pub(super) path: Option<String>,
    pub(super) changes: Vec<Change>,
    /// What to write where no change says it.
    pub(super) advice: Option<String>,
}

impl Comparison {
    pub(super) fn of(lock: &LockFile, program: &Schema) -> Self {
        let mut comparison = Self::default();
        aggregates::compare(lock, program, &mut comparison);
        events::compare(lock, program, &mut comparison);
        reactors::compare(lock, program, &mut comparison);
        comparison
    }

    /// Notes how something differs, if it does.
    pub(super) fn tell(&mut self, block: String, path: Option<String>, changes: Vec<Change>) {
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
