//! Support code of the cases.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use eventsource_core::store::{
    Commit, CommitHeader, Conflict, Expect, NewEvent, Page, ReadLog, ReadStream, StoredEvent,
    Versions,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, Codec, Horizon, Position, Query, Receipt, Revision, StreamId, Tag, Timestamp,
};
use tokio::sync::Barrier;
use uuid::Uuid;

use super::Store;
use super::bed::Handle;

/// The time for which an append is held. A store that passes over what is missing for a while does so within
/// this time.
pub(super) const HELD: Duration = Duration::from_millis(500);

pub(crate) type Answer = Result<Receipt, AppendError>;

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

pub(crate) fn commit(events: Vec<NewEvent>) -> Commit {
    Commit::new(Uuid::now_v7(), events)
}

pub(crate) fn at(stream: &StreamId, revision: Revision) -> Expect {
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
pub(crate) struct Seen {
    pub(crate) stream: StreamId,
    pub(crate) version: u64,
    pub(crate) position: Position,
    pub(crate) name: String,
    pub(crate) schema: u32,
    pub(crate) codec: Codec,
    pub(crate) payload: Vec<u8>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) commit: Arc<CommitHeader>,
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

pub(crate) fn seen(page: &Page) -> Vec<Seen> {
    page.events().map(Seen::from).collect()
}

/// Everything that matches, read in pages of `limit`.
pub(crate) async fn read_all(store: &Store, query: &Query, limit: usize) -> Vec<Seen> {
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

pub(super) async fn conflict(store: &Store, expect: Expect, stream: &StreamId) -> Conflict {
    let answer = store
        .append(commit(vec![event(stream, "refused")]).expect(expect))
        .await;
    match answer {
        Err(AppendError::Conflict(conflict)) => *conflict,
        answer => panic!("a conflict was expected: {answer:?}"),
    }
}

pub(super) fn is_conflict(answer: &Answer) -> bool {
    matches!(answer, Err(AppendError::Conflict(_)))
}

/// Appends each commit over its handle, at the same time.
pub(crate) async fn race(handles: [&Handle; 2], commits: [Commit; 2]) -> [Answer; 2] {
    let start = Arc::new(Barrier::new(2));
    let tasks = handles.map(Handle::store).into_iter().zip(commits);
    let tasks = tasks.map(|(store, commit)| {
        let start = Arc::clone(&start);
        tokio::spawn(async move {
            start.wait().await;
            store.append(commit).await
        })
    });
    let [one, other] = <[_; 2]>::try_from(tasks.collect::<Vec<_>>()).expect("there are two");
    [one.await.unwrap(), other.await.unwrap()]
}

/// Appends the second commit while the first one is held: it waits for it or not. None where the
/// store cannot be held.
pub(crate) async fn while_held(
    one: &Handle,
    first: Commit,
    other: &Handle,
    beside: Commit,
) -> Option<[Answer; 2]> {
    let mut hold = one.hold()?;
    let (one, other) = (one.store(), other.store());
    let first = tokio::spawn(async move { one.append(first).await });
    hold.reached().await;
    let beside = tokio::spawn(async move { other.append(beside).await });
    tokio::time::sleep(HELD / 10).await; // until it waits
    hold.release();
    Some([first.await.unwrap(), beside.await.unwrap()])
}

/// A reader that reads on from where it stands.
pub(super) struct Tail {
    store: Store,
    query: Query,
    limit: usize,
    after: Horizon,
    pub(super) seen: Vec<Position>,
}

impl Tail {
    pub(super) fn new(store: &Store, query: Query) -> Self {
        Self {
            store: Arc::clone(store),
            query,
            limit: 7,
            after: Horizon::START,
            seen: Vec::new(),
        }
    }

    /// Reads pages that are large enough for all that comes between two of them.
    pub(super) fn with_large_pages(mut self) -> Self {
        self.limit = 1_000;
        self
    }

    /// Reads the next page, in which nothing may stand that had to be in an earlier one.
    pub(super) async fn read_on(&mut self) {
        let read = ReadLog::new(self.query.clone()).after(self.after);
        let page = self.store.read(read.limit(self.limit)).await;
        let page = page.expect("the store can be read");
        let after = self.after.position();
        let positions: Vec<_> = page.events().map(|event| event.position).collect();
        let offset = |position: &Position| position.offset();
        assert!(positions.iter().all(|it| it.offset() > after.offset()));
        assert!(positions.is_sorted_by_key(offset));
        let last = positions.last().copied().unwrap_or(after);
        assert!(page.through().position().offset() >= last.offset());
        self.after = page.through();
        self.seen.extend(positions);
    }

    /// Reads on until the writers have ended, and what they wrote after that.
    pub(super) async fn follow(mut self, ended: Arc<AtomicBool>) -> Self {
        while !ended.load(Ordering::SeqCst) {
            self.read_on().await;
            tokio::task::yield_now().await;
        }
        self
    }

    /// Compares all that was seen with all that is there.
    pub(super) async fn missed_nothing(mut self) {
        let head = self.store.head().await.unwrap().position();
        while let before = self.after.position().offset()
            && before < head.offset()
        {
            self.read_on().await;
            let after = self.after.position().offset();
            assert!(after > before, "a reader gets on");
        }
        let all = read_all(&self.store, &self.query, 1_000).await;
        let all: Vec<_> = all.iter().map(|event| event.position).collect();
        let missed = all.iter().find(|position| !self.seen.contains(position));
        assert_eq!(missed, None, "a reader at the tail has missed it");
        assert_eq!(
            self.seen.len(),
            all.len(),
            "a reader at the tail has seen each once"
        );
    }
}

/// A clock that is set.
#[derive(Debug)]
pub(super) struct Clock(AtomicI64);

impl Clock {
    pub(crate) fn at(time: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(time.as_micros())))
    }

    pub(super) fn set(&self, time: Timestamp) {
        self.0.store(time.as_micros(), Ordering::SeqCst);
    }
}

impl Environment for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}
