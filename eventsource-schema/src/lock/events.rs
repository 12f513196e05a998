//! Events. A stored event has to be read, and to keep its meaning.

mod gone;
mod locked;
mod new;
mod payloads;
mod tags;
mod type_notes;
mod versions;

use std::collections::BTreeSet;

use super::change::Change;
use super::diff::{Diff, Section};
use super::file::{LockFile, LockedEvent};
use crate::program::{EventSchema, Schema};

pub(super) fn compare(lock: &LockFile, program: &Schema, diff: &mut Diff) {
    let locked = lock.events.keys().cloned();
    let keys: BTreeSet<_> = locked.chain(program.keys(lock)).collect();
    for (name, version) in keys {
        let block = Block {
            name: &name,
            version,
            lock,
            program,
        };
        let outcome = block.compare();
        if !outcome.changes.is_empty() {
            diff.sections.push(Section {
                block: format!("event {name} {version}"),
                path: block.path(),
                changes: outcome.changes,
                advice: outcome.advice,
            });
        }
        if let Some(next) = outcome.next {
            diff.next.events.insert((name, version), next);
        }
    }
    diff.next.complete();
}

/// A name and a version under which events are stored.
struct Block<'a> {
    name: &'a str,
    version: u32,
    lock: &'a LockFile,
    program: &'a Schema,
}

/// The differences of a block, and its next state in the lock.
#[derive(Default)]
struct Outcome {
    changes: Vec<Change>,
    advice: Option<String>,
    next: Option<LockedEvent>,
}

impl<'a> Block<'a> {
    fn compare(&self) -> Outcome {
        let locked = self.lock.events.get(&(self.name.to_owned(), self.version));
        let types: Vec<_> = self.types().collect();
        match (locked, types.as_slice()) {
            (_, [_, _, ..]) => Self::clash(locked, &types),
            (Some(locked), _) => self.compare_locked(locked),
            (None, [event]) => self.new_event(event),
            (None, []) => Outcome::default(),
        }
    }

    /// The types that describe the block; more than one is an error.
    fn types(&self) -> impl Iterator<Item = &'a EventSchema> {
        let version = self.version;
        let named = self.program.stored_as(self.name);
        named.filter(move |event| event.of().version == version)
    }

    /// The path in the code.
    fn path(&self) -> Option<String> {
        if self.types().count() > 1 {
            return None;
        }
        let event = self.program.version(self.name, self.version);
        event
            .or_else(|| self.program.head(self.name))
            .map(EventSchema::path)
    }

    fn clash(locked: Option<&LockedEvent>, types: &[&EventSchema]) -> Outcome {
        let paths: Vec<_> = types.iter().map(|event| event.path()).collect();
        let paths = paths.join(" and ");
        let what = format!("more than one type is stored under this name and version: {paths}");
        let write = "#[event(name = \"..\")] on all but one";
        Outcome {
            changes: vec![Change::breaking(what).write(write)],
            next: locked.cloned(),
            ..Outcome::default()
        }
    }
}

impl Schema {
    /// The names and versions under which the program stores its events, and aliases that are not in
    /// the lock yet.
    fn keys(&self, lock: &LockFile) -> Vec<(String, u32)> {
        let is_locked = |name: &str| lock.events.keys().any(|(locked, _)| locked == name);
        let is_own = |name: &str| self.events.iter().any(|event| event.of().name == name);
        let mut keys = Vec::new();
        for event in &self.events {
            let of = event.of();
            keys.push((of.name.to_owned(), of.version));
            let before = of
                .aliases
                .iter()
                .filter(|name| !is_locked(name) && !is_own(name));
            keys.extend(before.map(|name| ((*name).to_owned(), of.version)));
        }
        keys
    }
}
