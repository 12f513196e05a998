//! Of an event that the lock has.

use super::{Block, Outcome, type_notes};
use crate::lock::change::Change;
use crate::lock::file::{LockedEvent, Standing};
use crate::lock::shape_diff::compare;
use crate::program::EventSchema;

impl Block<'_> {
    pub(super) fn locked(&self, locked: &LockedEvent) -> Outcome {
        let Some(head) = self.program.head(self.name) else {
            return self.gone(locked);
        };
        let refused = if locked.standing == Standing::Retired {
            used_again()
        } else if let Some(today) = self.program.version(self.name, self.version) {
            return self.both(locked, today, head);
        } else if head.of().version < self.version {
            self.counted_down(head)
        } else {
            self.without_type(head)
        };
        Outcome {
            changes: vec![refused],
            next: Some(locked.clone()),
            ..Outcome::default()
        }
    }

    fn counted_down(&self, head: &EventSchema) -> Change {
        let known = head.of().version;
        let what = format!(
            "what is stored in version {} is newer than version {known}, the newest that this program knows",
            self.version
        );
        Change::breaking(what).write(format!("#[event(.., version = {})]", self.version))
    }

    fn without_type(&self, head: &EventSchema) -> Change {
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

    /// There is the locked event, and today's.
    fn both(&self, locked: &LockedEvent, today: &EventSchema, head: &EventSchema) -> Outcome {
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
            changes.extend(self.unread(&next.payloads, head));
            changes.extend(self.meant(&mut next.payloads, &locked.payloads, head));
            changes.extend(self.tags(&mut next, Some(locked), today, head));
        }
        next.standing = self.standing(head);
        changes.extend(self.moved(&locked.standing, head));
        next.remarks = type_notes::of(today, &next.shape);
        if changes.is_empty() {
            changes = type_notes::compare(&locked.remarks, &next.remarks);
        }
        if changes.is_empty() && next.payloads != locked.payloads {
            changes.push(Change::compatible(if locked.payloads.is_empty() {
                "the lock has no payload of it"
            } else {
                "what is stored of it is read as the event of today, as the lock will say"
            }));
        }
        Outcome {
            changes,
            advice: breaks.then(|| self.new_version(today, head)),
            next: Some(next),
        }
    }

    /// Under which name it happens.
    pub(super) fn standing(&self, head: &EventSchema) -> Standing {
        match head.of().name {
            name if name == self.name => Standing::Stored,
            name => Standing::Now(name.to_owned()),
        }
    }

    /// Whether it is read as another event than it was.
    fn moved(&self, locked: &Standing, head: &EventSchema) -> Option<Change> {
        let now = head.of().name;
        if *locked == self.standing(head) {
            return None;
        }
        let what = format!("it is read as `{now}` now");
        match locked {
            Standing::Now(was)
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

fn used_again() -> Change {
    let what =
        "it is retired, and its name is used again: what is stored under it means something else";
    let write = "#[event(name = \"..\")], a name that was never used\n\
                 or, if it is the same event again, delete the line `retired` from its block";
    Change::breaking(what).write(write)
}
