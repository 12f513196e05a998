//! Pages that are written anew.

use std::sync::Arc;

use eventsource_core::store::{
    CommitHeader, CommitIndex, Page, PageBuilder, PageEvent, StoredEvent, StoredType, Tags,
};
use eventsource_core::{Horizon, Position, StreamId, Tag};

/// An event of a page, to be changed.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) stream: StreamId,
    pub(crate) commit: CommitHeader,
    pub(crate) version: u64,
    pub(crate) position: Position,
    pub(crate) tags: Vec<Tag>,
    stored_type: StoredType,
    payload: Vec<u8>,
}

impl From<StoredEvent<'_>> for Event {
    fn from(event: StoredEvent<'_>) -> Self {
        Self {
            stream: event.stream.clone(),
            commit: CommitHeader::clone(event.commit),
            version: event.version,
            position: event.position,
            tags: event.tags.to_vec(),
            stored_type: StoredType::new(event.name, event.schema, event.codec),
            payload: event.payload.to_vec(),
        }
    }
}

impl Event {
    /// The bytes that a page counts for the event.
    pub(crate) fn bytes(&self) -> usize {
        self.payload.len()
    }
}

/// The same page with other events.
pub(crate) fn changed(page: &Page, mut change: impl FnMut(&mut Event)) -> Page {
    let events = page.events().map(|event| {
        let mut event = Event::from(event);
        change(&mut event);
        event
    });
    of(events, page.through(), page.is_complete())
}

/// The first events of a page.
pub(crate) fn first(page: &Page, count: usize, through: Horizon) -> Page {
    of(page.events().take(count).map(Event::from), through, false)
}

/// The events that stand no later than a position, as a complete page.
pub(crate) fn up_to(page: &Page, end: Horizon) -> Page {
    let seen = page
        .events()
        .filter(|event| event.position.offset() <= end.position().offset());
    of(seen.map(Event::from), end, true)
}

pub(crate) fn of(
    events: impl IntoIterator<Item = Event>,
    through: Horizon,
    is_complete: bool,
) -> Page {
    let mut page = PageBuilder::new();
    let mut last: Option<(CommitHeader, CommitIndex)> = None;
    for event in events {
        let known = last.take().filter(|(header, _)| *header == event.commit);
        let (header, commit) = known.unwrap_or_else(|| {
            let number = page.commit(Arc::new(event.commit.clone()));
            (event.commit, number)
        });
        last = Some((header, commit));
        let stream = page.stream(event.stream);
        let event_type = page.event_type(&event.stored_type);
        page.push(PageEvent {
            stream,
            commit,
            event_type,
            version: event.version,
            position: event.position,
            payload: &event.payload,
            tags: Tags::from(&event.tags[..]),
        });
    }
    page.finish(through, is_complete)
}
