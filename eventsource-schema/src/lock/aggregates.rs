//! An aggregate has to take, or to ignore, whatever its streams hold.

use std::collections::BTreeMap;

use eventsource_core::event::EventType;
use eventsource_core::schema::AggregateItem;

use super::change::Change;
use super::diff::Comparison;
use super::file::{LockFile, LockedEvent, Part, Standing};
use super::paths;
use crate::program::{Found, Schema};

type Parts = BTreeMap<String, Part>;

pub(super) fn compare(lock: &LockFile, program: &Schema, comparison: &mut Comparison) {
    for (category, parts) in &lock.aggregates {
        if program.aggregate(category).is_none() {
            comparison
                .next
                .aggregates
                .insert(category.clone(), parts.clone());
            comparison.tell(block(category), None, vec![gone(category, lock, program)]);
        }
    }
    let same_category =
        |a: &Found<AggregateItem>, b: &Found<AggregateItem>| a.item.category == b.item.category;
    for found in program.aggregates.chunk_by(same_category) {
        let item = found[0].item;
        let changes = if found.len() > 1 {
            let what =
                "more than one aggregate has this category, and they would share their streams";
            let write = "#[aggregate(category = \"..\")] on all but one";
            vec![Change::breaking(what).write(write)]
        } else if let Some(locked) = lock.aggregates.get(item.category) {
            changes(locked, item, |name| lock.lacks(name, program))
        } else {
            vec![Change::compatible("it is new")]
        };
        comparison.tell(block(item.category), Some(paths(found)), changes);
        comparison
            .next
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

/// What an aggregate does with what is stored under a name.
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
                Some(Change::compatible(format!("it takes `{name}` again")))
            }
            (_, Some(Part::Ignored)) => {
                Some(Change::compatible(format!("it ignores `{name}` now")))
            }
            // That is told of the event.
            (_, None) if is_gone(name) => None,
            (_, None) => Some(left_alone(name)),
        });
    }
    let is_known = |name| locked.contains_key(name);
    for event in item.events {
        if !event.names().any(is_known) {
            let what = format!("it takes `{}`, too", event.name);
            changes.push(Change::readers_first(what));
        }
    }
    for name in item.ignores {
        if !is_known(name) {
            changes.push(Change::compatible(format!("it ignores `{name}`, too")));
        }
    }
    changes
}

fn left_alone(name: &str) -> Change {
    let what = format!("its streams may hold `{name}`, which it neither takes nor ignores");
    let write = format!("#[aggregate(.., ignores({name:?}))], or take it again");
    Change::breaking(what).write(write)
}

/// Its streams would seem to be empty.
fn gone(category: &str, lock: &LockFile, program: &Schema) -> Change {
    let is_new = |found: &&Found<AggregateItem>| !lock.aggregates.contains_key(found.item.category);
    let locked = &lock.aggregates[category];
    let takes_it_all =
        |found: &&Found<AggregateItem>| locked.keys().all(|name| part(found.item, name).is_some());
    let mut new = program.aggregates.iter().filter(is_new);
    let change = Change::breaking(
        "no aggregate of this program has this category, so nobody reads its streams",
    );
    let became = new.find(takes_it_all).map_or_else(
        || "the one that it became".to_owned(),
        |found| format!("`{}`, if that is what it became", found.path()),
    );
    change.write(format!(
        "#[aggregate(category = {category:?})] on {became}\n\
         or, if there is to be none, delete the block `aggregate {category}`"
    ))
}

impl Schema {
    /// The aggregate of this category.
    pub(super) fn aggregate(&self, category: &str) -> Option<&'static AggregateItem> {
        let found = self
            .aggregates
            .iter()
            .find(|found| found.item.category == category);
        found.map(|found| found.item)
    }
}

impl LockFile {
    /// Whether an event of this name is locked, and missing.
    fn lacks(&self, name: &str, program: &Schema) -> bool {
        let mut events = self.events.iter();
        let is_it = |((locked, _), event): (&(String, u32), &LockedEvent)| {
            locked == name && event.standing != Standing::Retired
        };
        events.any(is_it) && program.head(name).is_none()
    }

    /// The categories whose streams may hold an event of this name.
    pub(super) fn categories_of(&self, event: &str) -> impl Iterator<Item = &str> {
        let holding = self
            .aggregates
            .iter()
            .filter(move |(_, parts)| parts.contains_key(event));
        holding.map(|(category, _)| category.as_str())
    }
}
