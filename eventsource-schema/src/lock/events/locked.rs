//! Events that are in the lock.

use super::{Block, Outcome, type_notes};
use crate::lock::change::Change;
use crate::lock::file::{EventStatus, LockedEvent};
use crate::lock::shape_diff::compare;
use crate::program::EventSchema;

impl Block<'_> {
    pub(super) fn compare_locked(&self, locked: &LockedEvent) -> Outcome {
        let Some(head) = self.program.head(self.name) else {
            return self.compare_removed(locked);
        };
        let change = if locked.status == EventStatus::Retired {
            name_reuse()
        } else if let Some(today) = self.program.version(self.name, self.version) {
            return self.compare_types(locked, today, head);
        } else if head.of().version < self.version {
            self.version_decrease(head)
        } else {
            self.missing_type(head)
        };
        Outcome {
            changes: vec![change],
            next: Some(locked.clone()),
            ..Outcome::default()
        }
    }

    fn version_decrease(&self, head: &EventSchema) -> Change {
        let known = head.of().version;
        let what = format!(
            "what is stored in version {} is newer than version {known}, the newest that this program knows",
            self.version
        );
        Change::breaking(what).write(format!("#[event(.., version = {})]", self.version))
    }

    fn missing_type(&self, head: &EventSchema) -> Change {
        let Self { name, version, .. } = self;
        let what = format!("no type of this program describes version {version} any more");
        let ident = head.ident();
        let version = match version {
            1 => String::new(),
            version => format!(", version = {version}"),
        };
        Change::breaking(what).write(format!(
            "#[event(name = {name:?}{version})] on the type that did, and `from = ..` on the way from it to `{ident}`"
        ))
    }

    /// Compares the locked event with the type of today.
    fn compare_types(
        &self,
        locked: &LockedEvent,
        today: &EventSchema,
        head: &EventSchema,
    ) -> Outcome {
        let mut next = locked.clone();
        let mut changes = Vec::new();
        if let Ok(shape) = &today.shape {
            changes = compare(&locked.shape, shape);
            if !changes.is_empty() {
                next.shape = shape.clone();
            }
        }
        let breaks = changes.iter().any(Change::is_breaking);
        if !changes.is_empty() || locked.payloads.is_empty() {
            self.add_payloads(&mut next.payloads, today, head);
        }
        changes.extend(self.untraceable(today));
        if !breaks {
            changes.extend(self.unreadable(&next.payloads, head));
            changes.extend(self.changed_meanings(&mut next.payloads, &locked.payloads, head));
            changes.extend(self.tags(&mut next, Some(locked), today, head));
        }
        next.status = self.status(head);
        changes.extend(self.renamed(&locked.status, head));
        next.type_notes = type_notes::of(today, &next.shape);
        if changes.is_empty() {
            changes = type_notes::compare(&locked.type_notes, &next.type_notes);
        }
        if changes.is_empty() && next.payloads != locked.payloads {
            changes.push(Change::compatible(if locked.payloads.is_empty() {
                "the lock has no payload of it"
            } else {
                "the lock does not say yet that it is read as the event of today"
            }));
        }
        Outcome {
            changes,
            advice: breaks.then(|| self.new_version(today, head)),
            next: Some(next),
        }
    }

    /// The status of the event in the program.
    pub(super) fn status(&self, head: &EventSchema) -> EventStatus {
        match head.of().name {
            name if name == self.name => EventStatus::Stored,
            name => EventStatus::RenamedTo(name.to_owned()),
        }
    }

    /// The change if the event is read as another one than before.
    fn renamed(&self, locked: &EventStatus, head: &EventSchema) -> Option<Change> {
        let now = head.of().name;
        if *locked == self.status(head) {
            return None;
        }
        let what = format!("it is read as `{now}` now");
        match locked {
            EventStatus::RenamedTo(was)
                if self
                    .program
                    .head(was)
                    .is_none_or(|was| was.of() != head.of()) =>
            {
                let change = Change::breaking(format!("{what}, and was read as `{was}`"));
                let name = self.name;
                Some(change.write(format!(
                    "#[event(.., alias = {name:?})] on `{was}`, and nowhere else"
                )))
            }
            _ => Some(Change::compatible(what)),
        }
    }
}

fn name_reuse() -> Change {
    let what =
        "it is retired, and its name is used again: what is stored under it means something else";
    let write = "#[event(name = \"..\")], a name that was never used\n\
                 or, if it is the same event again, delete the line `retired` from its block";
    Change::breaking(what).write(write)
}
