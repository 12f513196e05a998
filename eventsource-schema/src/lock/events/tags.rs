//! Tags. Those of stored events never change, so those of new events have to be the same.

use std::collections::BTreeSet;

use eventsource_core::Codec;
use eventsource_core::schema::TagSource;

use super::Block;
use crate::lock::change::Change;
use crate::lock::file::{LockedEvent, LockedPayload};
use crate::program::EventSchema;

type Tags = BTreeSet<String>;

impl Block<'_> {
    /// Compares the tags of stored events with those that the same events get today, and writes the
    /// tags to lock into `next`. `event` is the type that describes this version.
    pub(super) fn tags(
        &self,
        next: &mut LockedEvent,
        locked: Option<&LockedEvent>,
        event: &EventSchema,
        head: &EventSchema,
    ) -> Vec<Change> {
        let mut today = names(head);
        let (mut changes, mut texts) = (Vec::new(), Vec::new());
        let mut new = Tags::new();
        for payload in &mut next.payloads {
            let Some(now) = self.tags_of(payload, head) else {
                continue;
            };
            today.extend(now.iter().map(|tag| key(tag).to_owned()));
            today.extend(now.iter().cloned());
            let stored = payload.tags.take();
            let stored = stored.or_else(|| self.tags_of(payload, event));
            let stored = stored.unwrap_or_default();
            if !stored.is_subset(&now) {
                texts.push((stored.clone(), now.clone()));
            }
            new.extend(now.difference(&stored).cloned());
            payload.tags = Some(self.locked_tags(stored, now, head));
        }
        let is_unknown = locked.is_some_and(|locked| locked.tags.is_none());
        let stored = locked.and_then(|locked| locked.tags.clone());
        let stored = stored.unwrap_or_else(|| names(event));
        let removed: Tags = stored.difference(&today).cloned().collect();
        if !removed.is_empty() {
            changes.push(dropped_tag(&removed, head));
        }
        let other = texts
            .into_iter()
            .find(|(stored, now)| stored.difference(now).any(|tag| !is_of(tag, &removed)));
        changes.extend(other.map(|(stored, now)| changed_tag_text(&stored, &now)));
        let names = names(head);
        if locked.is_some() && changes.is_empty() {
            let additions: Tags = names.difference(&stored).cloned().collect();
            new.retain(|tag| !is_of(tag, &additions));
            new.extend(additions);
            if is_unknown && !(names.is_empty() && has_no_tags(&next.payloads)) {
                changes.push(Change::compatible("the lock does not have its tags"));
            } else if self.is_head(head) && !new.is_empty() {
                changes.push(new_tag(&new));
            }
        }
        next.tags = Some(self.locked_tags(stored, names, head));
        changes
    }

    /// The tags to lock: those of today for the version that is written, and the stored ones for
    /// earlier versions.
    fn locked_tags(&self, stored: Tags, today: Tags, head: &EventSchema) -> Tags {
        if self.is_head(head) { today } else { stored }
    }

    fn is_head(&self, head: &EventSchema) -> bool {
        (head.of().name, head.of().version) == (self.name, self.version)
    }

    /// The tags of the events as which a type reads a payload. `None` if it is not read, or is not
    /// JSON.
    fn tags_of(&self, payload: &LockedPayload, by: &EventSchema) -> Option<Tags> {
        if payload.codec != Codec::Json {
            return None;
        }
        let mut tags = Tags::new();
        for event in self.read(payload, by).ok()? {
            event.tags(&mut |tag| tags.extend([tag.to_string()]));
        }
        Some(tags)
    }
}

/// The names of an event's tags: keys, and constant tags as a whole.
fn names(event: &EventSchema) -> Tags {
    let tags = event.event.tags.iter();
    let named = tags.filter(|tag| tag.source != TagSource::Computed);
    named.map(|tag| tag.text.to_owned()).collect()
}

fn key(tag: &str) -> &str {
    tag.split_once(':').map_or(tag, |(key, _)| key)
}

/// Whether a tag is in `names`, or its key is.
fn is_of(tag: &str, names: &Tags) -> bool {
    names.contains(tag) || names.contains(key(tag))
}

fn has_no_tags(payloads: &[LockedPayload]) -> bool {
    let mut tags = payloads.iter().filter_map(|payload| payload.tags.as_ref());
    tags.all(Tags::is_empty)
}

fn dropped_tag(removed: &Tags, head: &EventSchema) -> Change {
    let what = "stored events have a tag that new ones do not get: \
        a query by it misses the new ones, and one by another tag the stored ones";
    let write = removed.iter().map(|tag| match tag.split_once(':') {
        Some(_) => format!("#[event(.., tag = {tag:?})] on `{}`", head.ident()),
        None => format!(
            "#[event(tag = {tag:?})] on the field of `{}` that has its value",
            head.ident()
        ),
    });
    let write: Vec<_> = write.collect();
    Change::breaking(what)
        .locked(joined(removed))
        .write(format!(
            "{}\nor, if no query asks for it, delete it from the lines `tag` and `tagged` of this block",
            write.join("\n")
        ))
}

fn changed_tag_text(stored: &Tags, now: &Tags) -> Change {
    let what = "the same event gets other tags than it was stored with: \
        a query by the new ones misses the stored ones";
    let write = "code that makes the same tags as before\n\
        or, if no query asks for them, delete the line `tagged` of this payload";
    let change = Change::breaking(what).locked(joined(stored));
    change.now(joined(now)).write(write)
}

fn new_tag(new: &Tags) -> Change {
    Change::compatible("it gets a tag that stored events do not have, so a query by it misses them")
        .now(joined(new))
}

fn joined(tags: &Tags) -> String {
    if tags.is_empty() {
        return "no tag".to_owned();
    }
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    tags.join(", ")
}
