//! What the cases share.

use std::sync::Arc;

use eventsource_core::store::{
    Commit, CommitHeader, Expect, NewEvent, Page, ReadLog, ReadStream, StoredEvent, Versions,
};
use eventsource_core::{Codec, Horizon, Position, Query, Receipt, Revision, StreamId, Tag};
use uuid::Uuid;

use super::Store;

/// A new stream of carts.
pub(super) fn cart() -> StreamId {
    StreamId::new("cart", Uuid::now_v7())
}

/// An event with this text as its payload.
pub(super) fn event(stream: &StreamId, text: &str) -> NewEvent {
    let payload = format!("{{\"text\":\"{text}\"}}").into_bytes();
    NewEvent::new(stream.clone(), "cart.noted", 1, Codec::Json, payload)
}

/// Events with their numbers as payloads.
pub(super) fn events(stream: &StreamId, count: usize) -> Vec<NewEvent> {
    (1..=count)
        .map(|number| event(stream, &number.to_string()))
        .collect()
}

pub(super) fn commit(events: Vec<NewEvent>) -> Commit {
    Commit::new(Uuid::now_v7(), events)
}

pub(super) fn at(stream: &StreamId, revision: Revision) -> Expect {
    Expect::At {
        stream: stream.clone(),
        revision,
    }
}

/// Appends `count` events to a stream, in one commit.
pub(super) async fn append(store: &Store, stream: &StreamId, count: usize) -> Receipt {
    store
        .append(commit(events(stream, count)))
        .await
        .expect("nothing is expected of the store")
}

/// All of an event, to be compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) stream: StreamId,
    pub(super) version: u64,
    pub(super) position: Position,
    pub(super) name: String,
    pub(super) schema: u32,
    pub(super) codec: Codec,
    pub(super) payload: Vec<u8>,
    pub(super) tags: Vec<Tag>,
    pub(super) commit: Arc<CommitHeader>,
}

impl From<StoredEvent<'_>> for Seen {
    fn from(event: StoredEvent<'_>) -> Self {
        Self {
            stream: event.stream.clone(),
            version: event.version,
            position: event.position,
            name: event.name.to_owned(),
            schema: event.schema,
            codec: event.codec,
            payload: event.payload.to_vec(),
            tags: event.tags.to_vec(),
            commit: Arc::clone(event.commit),
        }
    }
}

pub(super) fn seen(page: &Page) -> Vec<Seen> {
    page.events().map(Seen::from).collect()
}

/// Everything that matches, read in pages of `limit`.
pub(super) async fn read_all(store: &Store, query: &Query, limit: usize) -> Vec<Seen> {
    let (mut all, mut after) = (Vec::new(), Horizon::START);
    loop {
        let page = store
            .read(ReadLog::new(query.clone()).after(after).limit(limit))
            .await
            .expect("the store can be read");
        assert!(
            page.is_complete() || page.through().position().offset() > after.position().offset(),
            "a reader has to get on"
        );
        after = page.through();
        all.extend(seen(&page));
        if page.is_complete() {
            return all;
        }
    }
}

/// A whole stream, read in pages of `limit`, rising.
pub(super) async fn read_stream(store: &Store, stream: &StreamId, limit: usize) -> Vec<Seen> {
    walk(
        store,
        ReadStream::forward(stream.clone(), 0)
            .limit(limit)
            .with_metadata(),
    )
    .await
}

/// All that a read comes to when it is carried on to the end.
pub(super) async fn walk(store: &Store, mut read: ReadStream) -> Vec<Seen> {
    let mut all = Vec::new();
    loop {
        let page = store
            .read_stream(read.clone())
            .await
            .expect("the store can be read");
        all.extend(seen(&page));
        let (false, Some(last)) = (page.is_complete(), page.last()) else {
            return all;
        };
        read.versions = match read.versions {
            Versions::After(_) => Versions::After(last.version),
            Versions::Before(_) => Versions::Before(last.version),
        };
    }
}
