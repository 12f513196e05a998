//! A stream with more events than 16 bits can count.

use eventsource_concurrency_tests::bank::Account;
use eventsource_concurrency_tests::stores::{AnyStore, memory, sqlite};
use eventsource_core::store::{Commit, Expect, NewEvent, ReadLog, ReadStream, Versions};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, EventLog, Horizon, Id, Loaded, Position, Query, Repository, Revision, StreamId,
    StreamStore,
};

const EVENTS: u64 = 70_000;
const COMMIT: u64 = 3_500;
/// The first number that 16 bits cannot count.
const EDGE: u64 = 1 << 16;

/// Fills a stream with changes by 1, after one event of another stream, so that versions and positions
/// differ.
async fn fill(store: &AnyStore, stream: &StreamId) {
    let elsewhere = StreamId::new("elsewhere", Uuid::now_v7());
    let changed = |stream: &StreamId| {
        let payload = br#"{"by":1,"seen":0}"#.to_vec();
        NewEvent::new(stream.clone(), "account.changed", 1, Codec::Json, payload)
    };
    let one = Commit::new(Uuid::now_v7(), vec![changed(&elsewhere)]);
    store
        .append(one)
        .await
        .expect("nothing is expected of the store");

    let mut revision = Revision::NONE;
    for number in 1..=EVENTS / COMMIT {
        let events = (0..COMMIT).map(|_| changed(stream)).collect();
        let expect = Expect::At {
            stream: stream.clone(),
            revision,
        };
        let receipt = store
            .append(Commit::new(commit_id(number * COMMIT), events).expect(expect))
            .await;
        revision = receipt.expect("nobody else is there").revision();
        assert_eq!(revision, at(number * COMMIT));
    }
}

/// The id of the commit with this version.
fn commit_id(version: u64) -> Uuid {
    Uuid::from_u64_pair(1, version.div_ceil(COMMIT))
}

/// The revision of the event with this version.
fn at(version: u64) -> Revision {
    Revision::new(version, Position::new(version + 1), commit_id(version))
}

async fn assert_folds(accounts: &Repository<Account>, id: Id<Account>) {
    let all = accounts.load(id).await.expect("it can be loaded");
    assert_eq!((all.changes, Loaded::revision(&all)), (EVENTS, at(EVENTS)));
    for version in EDGE - 1..=EDGE + 1 {
        let then = accounts
            .load_at(id, version)
            .await
            .expect("it has come so far");
        assert_eq!(
            (then.changes, Loaded::revision(&then)),
            (version, at(version))
        );
    }
}

/// Checks all revisions of the stream in one direction, page by page.
async fn assert_reads(store: &AnyStore, stream: &StreamId, backward: bool) {
    let first = if backward {
        ReadStream::backward(stream.clone(), u64::MAX)
    } else {
        ReadStream::forward(stream.clone(), 0)
    };
    let mut read = first.limit(5_000);
    let mut expected: Box<dyn Iterator<Item = u64> + Send> = if backward {
        Box::new((1..=EVENTS).rev())
    } else {
        Box::new(1..=EVENTS)
    };
    loop {
        let page = store
            .read_stream(read.clone())
            .await
            .expect("the store can be read");
        for event in page.events() {
            let version = expected.next().expect("no event comes twice");
            assert_eq!(event.revision(), at(version));
        }
        let Some(last) = page.last().filter(|_| !page.is_complete()) else {
            break;
        };
        read.versions = if backward {
            Versions::Before(last.version)
        } else {
            Versions::After(last.version)
        };
    }
    assert_eq!(expected.next(), None);
}

/// Checks reads that begin near the edge.
async fn assert_edges(store: &AnyStore, stream: &StreamId) {
    for version in EDGE - 1..=EDGE + 1 {
        let forward = store
            .read_stream(ReadStream::forward(stream.clone(), version).limit(1))
            .await;
        let next = forward
            .expect("the store can be read")
            .events()
            .next()
            .map(|event| event.version);
        assert_eq!(next, Some(version + 1));
        let backward = store
            .read_stream(ReadStream::backward(stream.clone(), version).limit(1))
            .await;
        let before = backward
            .expect("the store can be read")
            .events()
            .next()
            .map(|event| event.version);
        assert_eq!(before, Some(version - 1));
    }
}

/// Reads the log from positions near the edge. A page has the rest of the commit.
async fn assert_positions(store: &AnyStore) {
    let head = store.head().await.expect("the store can be read");
    assert_eq!(head.position(), Position::new(EVENTS + 1));
    for offset in EDGE - 1..=EDGE + 1 {
        let page = store
            .read(
                ReadLog::new(Query::all())
                    .after(Horizon::unchecked(Position::new(offset)))
                    .limit(10),
            )
            .await
            .expect("the store can be read");
        let next = page.events().next().expect("there are more");
        assert_eq!(
            (next.position.offset().get(), next.version),
            (offset + 1, offset)
        );
        assert!(page.through().position().offset().get() > EDGE + 2);
    }
}

async fn assert_is_long(store: AnyStore) {
    let accounts = Repository::<Account>::new(store.clone());
    let id = Id::new();
    let stream = accounts.stream(id);
    fill(&store, &stream).await;
    assert_folds(&accounts, id).await;
    assert_reads(&store, &stream, false).await;
    assert_reads(&store, &stream, true).await;
    assert_edges(&store, &stream).await;
    assert_positions(&store).await;
    let receipt = accounts.execute(id, |account| account.change(1, 0)).await;
    let receipt = receipt.expect("it goes on");
    let next = Revision::new(EVENTS + 1, Position::new(EVENTS + 2), receipt.commit_id);
    assert_eq!(receipt.revision(), next);
}

#[tokio::test]
async fn a_stream_in_memory_goes_beyond_16_bits() {
    assert_is_long(memory().store()).await;
}

#[tokio::test]
async fn a_stream_in_a_file_goes_beyond_16_bits() {
    let tested = sqlite(1).await.any();
    assert_is_long(tested.store()).await;
}
