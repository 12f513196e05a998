//! Commits that need no domain.

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, StreamId};

/// A new stream.
#[must_use]
pub fn stream() -> StreamId {
    StreamId::new("tested", Uuid::now_v7())
}

/// A commit of `events` events to one stream, which expects nothing.
#[must_use]
pub fn commit(stream: &StreamId, events: usize) -> Commit {
    let event = NewEvent::new(stream.clone(), "happened", 1, Codec::Json, b"{}".to_vec());
    Commit::new(Uuid::now_v7(), vec![event; events])
}
