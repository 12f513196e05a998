//! Aggregates. An aggregate has to apply or to ignore every event that its streams may hold.

use std::collections::BTreeMap;

use eventsource_core::event::EventType;
use eventsource_core::schema::AggregateItem;

use super::change::Change;
use super::diff::Diff;
use super::file::{EventStatus, LockFile, LockedEvent, Part};
use super::paths;
use crate::program::{Located, Schema};

type Parts = BTreeMap<String, Part>;

pub(super) fn compare(lock: &LockFile, program: &Schema, diff: &mut Diff) {
    for (category, parts) in &lock.aggregates {
        if program.aggregate(category).is_none() {
            diff.next.aggregates.insert(category.clone(), parts.clone());
            diff.add_section(
                block(category),
                None,
                vec![missing_aggregate(category, lock, program)],
            );
        }
    }
    let same_category =
        |a: &Located<AggregateItem>, b: &Located<AggregateItem>| a.item.category == b.item.category;
    for located in program.aggregates.chunk_by(same_category) {
        let item = located[0].item;
        let changes = if located.len() > 1 {
            let what =
                "more than one aggregate has this category, and they would share their streams";
            let write = "#[aggregate(category = \"..\")] on all but one";
            vec![Change::breaking(what).write(write)]
        } else if let Some(locked) = lock.aggregates.get(item.category) {
            changes(locked, item, |name| lock.lacks(name, program))
        } else {
            vec![Change::compatible("it is new")]
        };
        diff.add_section(block(item.category), Some(paths(located)), changes);
        diff.next
            .aggregates
            .insert(item.category.to_owned(), parts(item));
    }
}

fn block(category: &str) -> String {
    format!("aggregate {category}")
}

fn parts(item: &AggregateItem) -> Parts {
    let ignored = item.ignores.iter().map(|name| (*name, Part::Ignored));
    let names = item.events.iter().flat_map(EventType::names);
    let applied = names.map(|name| (name, Part::Applied));
    let parts = ignored.chain(applied);
    parts.map(|(name, part)| (name.to_owned(), part)).collect()
}

/// Whether an aggregate applies or ignores the events that are stored under a name.
fn part(item: &AggregateItem, name: &str) -> Option<Part> {
    if item.events.iter().any(|event| event.is_stored_as(name)) {
        Some(Part::Applied)
    } else if item.ignores.contains(&name) {
        Some(Part::Ignored)
    } else {
        None
    }
}

fn changes(locked: &Parts, item: &AggregateItem, is_gone: impl Fn(&str) -> bool) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, was) in locked {
        changes.extend(match (was, part(item, name)) {
            (Part::Applied, Some(Part::Applied)) | (Part::Ignored, Some(Part::Ignored)) => None,
            (_, Some(Part::Applied)) => {
                Some(Change::compatible(format!("it applies `{name}` again")))
            }
            (_, Some(Part::Ignored)) => {
                Some(Change::compatible(format!("it ignores `{name}` now")))
            }
            // The section of the event reports it.
            (_, None) if is_gone(name) => None,
            (_, None) => Some(unhandled(name)),
        });
    }
    let is_known = |name| locked.contains_key(name);
    for event in item.events {
        if !event.names().any(is_known) {
            let what = format!("it also applies `{}`", event.name);
            changes.push(Change::readers_first(what));
        }
    }
    for name in item.ignores {
        if !is_known(name) {
            changes.push(Change::compatible(format!("it also ignores `{name}`")));
        }
    }
    changes
}

fn unhandled(name: &str) -> Change {
    let what = format!("its streams may hold `{name}`, which it neither applies nor ignores");
    let write = format!("#[aggregate(.., ignores({name:?}))], or apply it again");
    Change::breaking(what).write(write)
}

/// The change for a category without an aggregate: its streams would not be read.
fn missing_aggregate(category: &str, lock: &LockFile, program: &Schema) -> Change {
    let is_new =
        |located: &&Located<AggregateItem>| !lock.aggregates.contains_key(located.item.category);
    let locked = &lock.aggregates[category];
    let takes_it_all = |located: &&Located<AggregateItem>| {
        locked.keys().all(|name| part(located.item, name).is_some())
    };
    let mut new = program.aggregates.iter().filter(is_new);
    let change = Change::breaking(
        "no aggregate of this program has this category, so its streams are not read",
    );
    let became = new.find(takes_it_all).map_or_else(
        || "the one that it became".to_owned(),
        |located| format!("`{}`, if that is what it became", located.path()),
    );
    change.write(format!(
        "#[aggregate(category = {category:?})] on {became}\n\
         or, if there is to be none, delete the block `aggregate {category}`"
    ))
}

impl Schema {
    /// The aggregate of a category.
    pub(super) fn aggregate(&self, category: &str) -> Option<&'static AggregateItem> {
        let located = self
            .aggregates
            .iter()
            .find(|located| located.item.category == category);
        located.map(|located| located.item)
    }
}

impl LockFile {
    /// Whether an event with this name is locked, but missing in the program.
    fn lacks(&self, name: &str, program: &Schema) -> bool {
        let mut events = self.events.iter();
        let is_it = |((locked, _), event): (&(String, u32), &LockedEvent)| {
            locked == name && event.status != EventStatus::Retired
        };
        events.any(is_it) && program.head(name).is_none()
    }

    /// The categories whose streams may hold an event with this name.
    pub(super) fn categories_of(&self, event: &str) -> impl Iterator<Item = &str> {
        let holding = self
            .aggregates
            .iter()
            .filter(move |(_, parts)| parts.contains_key(event));
        holding.map(|(category, _)| category.as_str())
    }
}
