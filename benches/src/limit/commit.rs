//! A commit that the writer has to store.

use eventsource_core::Tag;
use uuid::Uuid;

use super::Event;
use crate::Result;

/// Events that are stored all or none.
#[derive(Clone)]
pub(crate) struct Commit {
    pub(crate) id: Uuid,
    pub(crate) streams: Vec<Part>,
    /// It is refused if an event after a position has a tag.
    pub(crate) unless: Option<(Tag, i64)>,
    /// Whether it may be stored already, and is then answered again.
    pub(crate) may_repeat: bool,
}

/// The events of one stream.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) root_id: Uuid,
    /// The expected place of the end of the stream; `None` if the stream has no events.
    pub(crate) expected: Option<Standing>,
    pub(crate) events: Vec<NewEvent>,
}

/// An event to store.
#[derive(Clone)]
pub(crate) struct NewEvent {
    pub(crate) name: &'static str,
    /// JSON.
    pub(crate) payload: String,
    pub(crate) tags: Vec<Tag>,
}

/// The number of a stream, and the version and position of its last event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) stream: i64,
    pub(crate) version: i64,
    pub(crate) position: i64,
}

impl Commit {
    /// A commit to one stream.
    pub(crate) fn to(root_id: Uuid, expected: Option<Standing>, events: Vec<NewEvent>) -> Self {
        Self::of(vec![Part {
            root_id,
            expected,
            events,
        }])
    }

    /// A commit to these streams.
    pub(crate) fn of(streams: Vec<Part>) -> Self {
        Self {
            id: Uuid::now_v7(),
            streams,
            unless: None,
            may_repeat: false,
        }
    }

    /// A commit of a single event.
    pub(crate) fn one(root_id: Uuid, expected: Option<Standing>, event: &Event) -> Result<Self> {
        Ok(Self::to(root_id, expected, vec![NewEvent::of(event)?]))
    }

    /// The number of its events.
    pub(crate) fn events(&self) -> usize {
        self.streams.iter().map(|part| part.events.len()).sum()
    }
}

impl NewEvent {
    /// An event without tags.
    pub(crate) fn of(event: &Event) -> Result<Self> {
        Ok(Self {
            name: event.name(),
            payload: event.to_json()?,
            tags: Vec::new(),
        })
    }
}
