//! The whole history of a store, as it is read.

use std::sync::Arc;

use eventsource_core::store::{CommitHeader, NewEvent, Page, ReadLog, StoredEvent};
use eventsource_core::{EventLog, Horizon, Query, ReadError};
use eventsource_sqlite::SqliteStore;

/// A commit that was read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) header: Arc<CommitHeader>,
    pub(crate) events: Vec<ReadEvent>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadEvent {
    pub(crate) position: u64,
    pub(crate) version: u64,
    pub(crate) event: NewEvent,
}

/// Reads the commits after a horizon.
pub(crate) async fn read(store: &SqliteStore, mut after: Horizon) -> Result<Vec<Read>, ReadError> {
    let mut commits = Vec::new();
    loop {
        let page = store
            .read(ReadLog::new(Query::all()).after(after).limit(500))
            .await?;
        add(&mut commits, &page);
        if page.is_complete() {
            return Ok(commits);
        }
        after = page.through();
    }
}

fn add(commits: &mut Vec<Read>, page: &Page) {
    for stored in page.events() {
        let header = stored.commit;
        let goes_on = |last: &&mut Read| last.header.first == header.first;
        match commits.last_mut().filter(goes_on) {
            Some(commit) => commit.events.push(event(&stored)),
            None => commits.push(Read {
                header: Arc::clone(header),
                events: vec![event(&stored)],
            }),
        }
    }
}

pub(crate) fn event(stored: &StoredEvent<'_>) -> ReadEvent {
    let (stream, payload) = (stored.stream.clone(), stored.payload.to_vec());
    let (name, codec) = (stored.name.to_owned(), stored.codec);
    let event = NewEvent::new(stream, name, stored.schema, codec, payload);
    ReadEvent {
        position: stored.position.offset().get(),
        version: stored.version,
        event: event.tagged(stored.tags.to_vec()),
    }
}
