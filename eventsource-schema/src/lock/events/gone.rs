//! Locked events that the program does not have any more.

use eventsource_shape::Shape;

use super::{Block, Outcome};
use crate::lock::change::Change;
use crate::lock::file::{EventStatus, LockedEvent, Part};
use crate::program::EventSchema;

impl Block<'_> {
    pub(super) fn compare_removed(&self, locked: &LockedEvent) -> Outcome {
        let mut next = locked.clone();
        let mut changes = Vec::new();
        if locked.status != EventStatus::Retired {
            if self.is_ignored() {
                next.status = EventStatus::Retired;
                changes.push(Change::compatible(
                    "it is retired: the aggregates that had it ignore it, so its effect on their states is gone",
                ));
            } else if self.is_newest() {
                changes.push(self.missing_event(locked));
            }
        }
        Outcome {
            changes,
            next: Some(next),
            ..Outcome::default()
        }
    }

    /// Whether every aggregate whose streams may hold the event ignores it.
    fn is_ignored(&self) -> bool {
        let mut categories = self.lock.categories_of(self.name).peekable();
        let ignores = |category| {
            let item = self.program.aggregate(category);
            item.is_some_and(|item| item.ignores.contains(&self.name))
        };
        categories.peek().is_some() && categories.all(ignores)
    }

    /// Whether this is the newest locked version. Only this one is reported.
    fn is_newest(&self) -> bool {
        let mut keys = self.lock.events.keys();
        keys.all(|(name, version)| name != self.name || *version <= self.version)
    }

    fn missing_event(&self, locked: &LockedEvent) -> Change {
        let ways = [
            self.alias_advice(locked),
            self.rename_advice(locked),
            Some(self.retire_advice()),
        ];
        let ways: Vec<_> = ways.into_iter().flatten().collect();
        let change = Change::breaking("no event of this program is stored under this name");
        change.write(ways.join("\nor "))
    }

    /// Advice for an event that was renamed before: the alias is missing.
    fn alias_advice(&self, locked: &LockedEvent) -> Option<String> {
        let EventStatus::RenamedTo(now) = &locked.status else {
            return None;
        };
        let head = self.program.head(now)?;
        Some(format!("alias = {:?} on `{}`", self.name, head.path()))
    }

    /// Advice if a new event has the same shape.
    fn rename_advice(&self, locked: &LockedEvent) -> Option<String> {
        let same = self.same(&locked.shape);
        (!same.is_empty()).then(|| {
            format!(
                "#[event(name = {:?})] on {}, new and of the same shape, if it was renamed in the code,\n\
                 or alias = {:?} there, if it is to be stored under the new name",
                self.name,
                same.join(" or "),
                self.name,
            )
        })
    }

    fn retire_advice(&self) -> String {
        let retire_advice = "if it is no longer appended,";
        match self.categories().as_slice() {
            [] => format!("{retire_advice} the line `    retired` below its name in the lock"),
            categories => {
                let categories = categories.join(" and ");
                format!(
                    "{retire_advice} ignores({:?}) on the aggregate {categories}",
                    self.name
                )
            }
        }
    }

    /// The paths of new events with this shape.
    fn same(&self, shape: &Shape) -> Vec<String> {
        let is_new = |event: &&EventSchema| {
            let mut locked = self.lock.events.keys();
            !locked.any(|(name, _)| event.of().is_stored_as(name))
        };
        let new = self.program.events.iter().filter(is_new);
        let same = new.filter(|event| event.shape.as_ref() == Ok(shape));
        same.map(|event| format!("`{}`", event.path())).collect()
    }

    /// The categories of the aggregates that applied the event and still exist.
    fn categories(&self) -> Vec<String> {
        let categories = self.lock.categories_of(self.name);
        let had = categories.filter(|category| {
            let is_there = self.program.aggregate(category).is_some();
            is_there && self.lock.aggregates[*category][self.name] == Part::Applied
        });
        had.map(|category| format!("`{category}`")).collect()
    }
}
