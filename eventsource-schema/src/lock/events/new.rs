//! Events that are not in the lock yet.

use super::{Block, Outcome, type_notes};
use crate::lock::change::Change;
use crate::lock::file::LockedEvent;
use crate::program::EventSchema;

impl Block<'_> {
    pub(super) fn new_event(&self, event: &EventSchema) -> Outcome {
        let Ok(shape) = &event.shape else {
            return Outcome {
                changes: self.untraceable(event).into_iter().collect(),
                ..Outcome::default()
            };
        };
        let head = self.program.head(self.name).unwrap_or(event);
        let mut next = LockedEvent {
            status: self.status(head),
            shape: shape.clone(),
            type_notes: type_notes::of(event, shape),
            tags: None,
            payloads: Vec::new(),
        };
        self.add_payloads(&mut next.payloads, event, head);
        let mut changes = vec![self.addition(event)];
        changes.extend(self.unreadable(&next.payloads, head));
        changes.extend(self.changed_meanings(&mut next.payloads, &[], head));
        changes.extend(self.tags(&mut next, None, event, head));
        Outcome {
            changes,
            next: Some(next),
            ..Outcome::default()
        }
    }

    fn addition(&self, event: &EventSchema) -> Change {
        let name = event.of().name;
        if name != self.name {
            return Change::compatible(format!("it is read as `{name}`"));
        }
        let mut locked = self.lock.events.keys().map(|(name, _)| name.as_str());
        match locked.find(|locked| event.of().is_stored_as(locked)) {
            Some(locked) if locked == name => Change::readers_first("this version is new"),
            Some(locked) => Change::stop_old_first(format!(
                "it is stored under this name now; it was stored as `{locked}`"
            )),
            None => Change::compatible("it is new"),
        }
    }

    /// The change if the shape cannot be found out. It is reported for the first event of an item only,
    /// because the item is traced as a whole.
    pub(super) fn untraceable(&self, event: &EventSchema) -> Option<Change> {
        let untraceable = event.shape.as_ref().err()?;
        let of_item = |other: &&EventSchema| std::ptr::eq(other.item, event.item);
        let first = self.program.events.iter().find(of_item)?;
        let what = format!("its shape cannot be found out: {untraceable}");
        let write = format!(
            "#[event(.., sample = Self::samples)] on `{}`, and in it\n\
             fn samples() -> Vec<Self>, which returns values of it",
            event.at.ident
        );
        std::ptr::eq(first, event).then(|| Change::breaking(what).write(write))
    }
}
