//! Of an event that is not linked any more.

use eventsource_shape::Shape;

use super::{Block, Outcome};
use crate::lock::change::Change;
use crate::lock::file::{LockedEvent, Part, Standing};
use crate::program::EventSchema;

impl Block<'_> {
    pub(super) fn gone(&self, locked: &LockedEvent) -> Outcome {
        let mut next = locked.clone();
        let mut changes = Vec::new();
        if locked.standing != Standing::Retired {
            if self.is_ignored() {
                next.standing = Standing::Retired;
                changes.push(Change::compatible(
                    "it is retired: whoever had it ignores it, and what it did to states is gone",
                ));
            } else if self.is_newest() {
                changes.push(self.vanished(locked));
            }
        }
        Outcome {
            changes,
            next: Some(next),
            ..Outcome::default()
        }
    }

    /// Whether no stream that may hold it is hindered by it.
    fn is_ignored(&self) -> bool {
        let mut categories = self.lock.categories_of(self.name).peekable();
        let ignores = |category| {
            let item = self.program.aggregate(category);
            item.is_some_and(|item| item.ignores.contains(&self.name))
        };
        categories.peek().is_some() && categories.all(ignores)
    }

    /// Of many versions that are gone, one is told.
    fn is_newest(&self) -> bool {
        let mut keys = self.lock.events.keys();
        keys.all(|(name, version)| name != self.name || *version <= self.version)
    }

    fn vanished(&self, locked: &LockedEvent) -> Change {
        let ways = [
            self.known_as(locked),
            self.renamed(locked),
            Some(self.ended()),
        ];
        let ways: Vec<_> = ways.into_iter().flatten().collect();
        let change = Change::breaking("no event of this program is stored under this name");
        change.write(ways.join("\nor "))
    }

    /// It had another name already, which is there.
    fn known_as(&self, locked: &LockedEvent) -> Option<String> {
        let Standing::Now(now) = &locked.standing else {
            return None;
        };
        let head = self.program.head(now)?;
        Some(format!("alias = {:?} on `{}`", self.name, head.path()))
    }

    /// Something that is new looks like it.
    fn renamed(&self, locked: &LockedEvent) -> Option<String> {
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

    fn ended(&self) -> String {
        let ended = "if it happens no more,";
        match self.categories().as_slice() {
            [] => format!("{ended} the line `    retired` below its name in the lock"),
            categories => {
                let categories = categories.join(" and ");
                format!(
                    "{ended} ignores({:?}) on the aggregate {categories}",
                    self.name
                )
            }
        }
    }

    /// New events of this shape.
    fn same(&self, shape: &Shape) -> Vec<String> {
        let is_new = |event: &&EventSchema| {
            let mut locked = self.lock.events.keys();
            !locked.any(|(name, _)| event.of().is_stored_as(name))
        };
        let new = self.program.events.iter().filter(is_new);
        let same = new.filter(|event| event.shape.as_ref() == Ok(shape));
        same.map(|event| format!("`{}`", event.path())).collect()
    }

    /// The aggregates that had it, are there, and do not ignore it.
    fn categories(&self) -> Vec<String> {
        let categories = self.lock.categories_of(self.name);
        let had = categories.filter(|category| {
            let is_there = self.program.aggregate(category).is_some();
            is_there && self.lock.aggregates[*category][self.name] == Part::Applied
        });
        had.map(|category| format!("`{category}`")).collect()
    }
}
