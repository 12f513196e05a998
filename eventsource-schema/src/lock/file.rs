//! What a lock says.

mod parse;
mod render;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use eventsource_core::Codec;
use eventsource_shape::Shape;
use serde_json::Value as Json;

pub(super) use render::{head, label};

/// What was stored until now, as far as the program that was locked knew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LockFile {
    /// Of each category, what is done with which events.
    pub(super) aggregates: BTreeMap<String, BTreeMap<String, Part>>,
    /// By stored name and version.
    pub(super) events: BTreeMap<(String, u32), LockedEvent>,
    /// Those that have a checkpoint under their name.
    pub(super) reactors: BTreeSet<String>,
}

/// What an aggregate does with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Applied,
    Ignored,
}

impl LockFile {
    /// Makes a lock of format 1 one of today's, in which nothing is unknown.
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
    pub(super) standing: Standing,
    pub(super) shape: Shape,
    /// What its tags are called: the keys of those that have the value of a field, and constant ones
    /// as a whole. `None` in a lock of format 1, which knows no tags.
    pub(super) tags: Option<BTreeSet<String>>,
    /// The types of its fields as they are written, where the shape hides them; under no name that
    /// of an event that wraps a type.
    pub(super) remarks: BTreeMap<String, String>,
    /// Payloads that have to stay readable.
    pub(super) payloads: Vec<LockedPayload>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It happens.
    Stored,
    /// It happens under this name.
    Now(String),
    /// It happens no more.
    Retired,
}

/// A payload as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LockedPayload {
    pub(super) codec: Codec,
    pub(super) bytes: Vec<u8>,
    /// The events that it is read as, where they are not written as it is; of JSON only.
    pub(super) read_as: Option<Json>,
    /// The tags that the event has in the store; of JSON only. `None` in a lock of format 1.
    pub(super) tags: Option<BTreeSet<String>>,
}
