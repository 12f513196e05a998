//! What was stored of an event has to be read, and to mean what it meant.

mod gone;
mod locked;
mod new;
mod payloads;
mod tags;
mod type_notes;
mod versions;

use std::collections::BTreeSet;

use super::change::Change;
use super::diff::{Comparison, Section};
use super::file::{LockFile, LockedEvent};
use crate::program::{EventSchema, Schema};

pub(super) fn compare(lock: &LockFile, program: &Schema, comparison: &mut Comparison) {
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
            comparison.sections.push(Section {
                block: format!("event {name} {version}"),
                path: block.path(),
                changes: outcome.changes,
                advice: outcome.advice,
            });
        }
        if let Some(next) = outcome.next {
            comparison.next.events.insert((name, version), next);
        }
    }
    comparison.next.complete();
}

/// What is stored under a name in a version.
struct Block<'a> {
    name: &'a str,
    version: u32,
    lock: &'a LockFile,
    program: &'a Schema,
}

/// How it differs, and what is locked of it from now on.
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
            (Some(locked), _) => self.locked(locked),
            (None, [event]) => self.added(event),
            (None, []) => Outcome::default(),
        }
    }

    /// The types that describe it; more than one is too many.
    fn types(&self) -> impl Iterator<Item = &'a EventSchema> {
        let version = self.version;
        let named = self.program.stored_as(self.name);
        named.filter(move |event| event.of().version == version)
    }

    /// Where it stands in the code.
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
    /// Names and versions under which the program stores its events, or did before the lock knew.
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
