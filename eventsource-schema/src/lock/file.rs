//! The lock file.

mod parse;
mod render;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use eventsource_core::Codec;
use eventsource_shape::Shape;
use serde_json::Value as Json;

pub(super) use render::{head, label};

/// The content of a lock: everything that the locked versions of the program may have stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LockFile {
    /// For each category, the events that its aggregate applies or ignores.
    pub(super) aggregates: BTreeMap<String, BTreeMap<String, Part>>,
    /// The events, by stored name and version.
    pub(super) events: BTreeMap<(String, u32), LockedEvent>,
    /// The names of the reactors, under which their checkpoints are stored.
    pub(super) reactors: BTreeSet<String>,
}

/// Whether an aggregate applies or ignores an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Applied,
    Ignored,
}

impl LockFile {
    /// Completes a lock of format 1, in which tags are unknown.
    pub(super) fn complete(&mut self) {
        for event in self.events.values_mut() {
            event.tags.get_or_insert_default();
            for payload in &mut event.payloads {
                payload.tags.get_or_insert_default();
            }
        }
    }
}

/// An event in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LockedEvent {
    pub(super) status: EventStatus,
    pub(super) shape: Shape,
    /// The names of its tags: the key of a field's tag, and a constant tag as a whole. `None` in a
    /// lock of format 1, which has no tags.
    pub(super) tags: Option<BTreeSet<String>>,
    /// The types of its fields, where the shape does not show them. The type of an event that wraps
    /// another type has an empty name.
    pub(super) type_notes: BTreeMap<String, String>,
    /// Payloads that have to stay readable.
    pub(super) payloads: Vec<LockedPayload>,
}

/// The status of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EventStatus {
    /// It is stored under this name.
    Stored,
    /// It is stored under another name now.
    RenamedTo(String),
    /// It is no longer stored.
    Retired,
}

/// A payload as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LockedPayload {
    pub(super) codec: Codec,
    pub(super) bytes: Vec<u8>,
    /// The events as which it is read, if they differ from the payload; for JSON only.
    pub(super) read_as: Option<Json>,
    /// The tags that the event has in the store; for JSON only. `None` in a lock of format 1.
    pub(super) tags: Option<BTreeSet<String>>,
}
