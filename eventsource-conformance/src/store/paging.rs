//! Reading piece by piece.

use std::collections::BTreeSet;

use eventsource_core::store::{Expect, NewEvent, ReadLog, ReadStream};
use eventsource_core::{Codec, Filter, Query, StreamId};
use uuid::Uuid;

use super::Store;
use super::support::{append, cart, commit, event, read_all, read_stream, walk};

/// Whatever the size of the page, reading on from each gives every event once and in order.
pub(super) async fn pages_of_every_size_hold_the_same_events(store: Store) {
    let (a, b) = (cart(), cart());
    for count in 1..8 {
        append(&store, &a, count).await;
        append(&store, &b, 1).await;
    }
    let all = read_all(&store, &Query::all(), 1_000).await;
    assert_eq!(all.len(), 35);
    let stream = read_stream(&store, &a, 1_000).await;
    assert_eq!(stream.len(), 28);
    for limit in 0..37 {
        assert_eq!(
            read_all(&store, &Query::all(), limit).await,
            all,
            "pages of {limit}"
        );
        assert_eq!(
            read_stream(&store, &a, limit).await,
            stream,
            "pages of {limit}"
        );
    }
}

/// Rising from any version, falling from any version, and of a stream that is not there.
pub(super) async fn streams_are_read_in_both_directions(store: Store) {
    let stream = cart();
    append(&store, &cart(), 3).await;
    for _ in 0..10 {
        append(&store, &stream, 1).await;
    }
    let rising = read_stream(&store, &stream, 100).await;
    let mut falling = rising.clone();
    falling.reverse();
    for version in 0..12_u64 {
        let from = usize::try_from(version).unwrap();
        let after = ReadStream::forward(stream.clone(), version)
            .limit(3)
            .with_metadata();
        assert_eq!(walk(&store, after).await, rising[from.min(10)..]);
        let before = ReadStream::backward(stream.clone(), version)
            .limit(3)
            .with_metadata();
        assert_eq!(
            walk(&store, before).await,
            falling[10 - from.saturating_sub(1).min(10)..]
        );
    }
    let from_the_end = ReadStream::backward(stream.clone(), u64::MAX).with_metadata();
    assert_eq!(walk(&store, from_the_end).await, falling);
    assert_eq!(
        walk(&store, ReadStream::forward(stream, u64::MAX)).await,
        []
    );
    assert_eq!(
        walk(&store, ReadStream::backward(cart(), u64::MAX)).await,
        []
    );
}

/// A read gives the part of a commit that is on its side of the version, and all commits behind that.
pub(super) async fn a_read_of_a_stream_may_begin_within_a_commit(store: Store) {
    let stream = cart();
    for count in [2, 1, 3] {
        append(&store, &stream, count).await;
        append(&store, &cart(), 2).await;
    }
    let versions = async |read: ReadStream| {
        let all = walk(&store, read).await;
        all.iter().map(|event| event.version).collect::<Vec<_>>()
    };
    for version in 0..8_u64 {
        for limit in [1, 2, 100] {
            let after = ReadStream::forward(stream.clone(), version).limit(limit);
            let rising: Vec<_> = (version + 1..=6).collect();
            assert_eq!(versions(after).await, rising, "after {version}");
            let before = ReadStream::backward(stream.clone(), version).limit(limit);
            let falling: Vec<_> = (1..version.min(7)).rev().collect();
            assert_eq!(versions(before).await, falling, "before {version}");
        }
    }
}

/// `through` moves past events that do not match, to the head where nothing more does.
pub(super) async fn a_filtered_reader_gets_on_where_nothing_matches(store: Store) {
    let stream = cart();
    append(&store, &stream, 5).await;
    let mut rare = event(&stream, "rare");
    rare.name = "cart.rare".into();
    let rare = store.append(commit(vec![rare])).await.unwrap();
    append(&store, &stream, 5).await;
    let head = store.head().await.unwrap();

    let query = Query::from(Filter::new().name("cart.rare"));
    let first = store
        .read(ReadLog::new(query.clone()).limit(1))
        .await
        .unwrap();
    assert_eq!(first.len(), 1);
    assert!(
        first.through().position().offset() >= rare.last.offset()
            && first.through().position().offset() <= head.position().offset()
    );
    let mut after = first.through();
    while after.position().offset() < head.position().offset() {
        let page = store
            .read(ReadLog::new(query.clone()).after(after).limit(1))
            .await
            .unwrap();
        assert!(page.is_empty() && page.through().position().offset() > after.position().offset());
        after = page.through();
    }
    let none = store
        .read(ReadLog::new(Query::from(Filter::new().name("none"))).limit(1))
        .await
        .unwrap();
    assert!(none.is_empty() && none.is_complete());
    assert_eq!(none.through(), head);
}

/// The store does not overflow when it adds to the limit.
pub(super) async fn the_largest_limit_gives_all(store: Store) {
    let stream = cart();
    for _ in 0..3 {
        append(&store, &stream, 2).await;
    }
    let none = Query::from(Filter::new().name("none"));
    for (query, count) in [(Query::all(), 6), (none, 0)] {
        let read = ReadLog::new(query).limit(usize::MAX);
        let page = store.read(read).await.unwrap();
        assert_eq!((page.len(), page.is_complete()), (count, true));
    }
    for read in [
        ReadStream::forward(stream.clone(), 0),
        ReadStream::backward(stream.clone(), u64::MAX),
    ] {
        let page = store.read_stream(read.limit(usize::MAX)).await.unwrap();
        assert_eq!((page.len(), page.is_complete()), (6, true));
    }
    let ids = store.root_ids("", "cart", None, usize::MAX).await.unwrap();
    assert_eq!(ids, [stream.root_id()]);
}

/// The events are read from the start and from the end, in pages of 1,000.
pub(super) async fn seventy_thousand_events_of_a_stream_are_read(store: Store) {
    let stream = StreamId::new("c", Uuid::now_v7());
    let size = store.limits().commit_events;
    let mut receipt = None;
    for _ in 0..7 {
        receipt = Some(store.append(commit(small(&stream, size))).await.unwrap());
    }
    let count = receipt.unwrap().revision().version();
    assert_eq!(count, 7 * size as u64);
    let mut after = 0;
    while after < count {
        let read = ReadStream::forward(stream.clone(), after).limit(1_000);
        let page = store.read_stream(read).await.unwrap();
        let first = page.get(0).unwrap().version;
        assert_eq!(first, after + 1);
        after = page.last().unwrap().version;
        assert_eq!(after - first + 1, page.len() as u64);
    }
    assert_eq!(after, count);
    let last = ReadStream::backward(stream.clone(), u64::MAX).limit(1);
    let page = store.read_stream(last).await.unwrap();
    assert_eq!((page.len(), page.get(0).unwrap().version), (size, count));
    let new = commit(small(&stream, 1)).expect(Expect::NoStream(stream.clone()));
    store.append(new).await.unwrap_err();
}

/// All of them, once, in pages of 999.
pub(super) async fn ten_thousand_streams_of_a_category_are_listed(store: Store) {
    let mut written = BTreeSet::new();
    // One at a time, since streams need not share a commit.
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let ids: Vec<Uuid> = (0..250)
            .map(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, Uuid::now_v7().as_bytes()))
            .collect();
        written.extend(ids.iter().copied());
        let store = std::sync::Arc::clone(&store);
        sent.spawn(async move {
            for id in ids {
                let stream = StreamId::new("c", id);
                store.append(commit(small(&stream, 1))).await.unwrap();
            }
        });
    }
    sent.join_all().await;
    let (mut after, mut listed) = (None, Vec::new());
    loop {
        let page = store.root_ids("", "c", after, 999).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(*last);
        listed.extend(page);
    }
    assert_eq!(listed.len(), written.len());
    assert_eq!(BTreeSet::from_iter(listed), written);
}

/// Events as small as can be.
fn small(stream: &StreamId, count: usize) -> Vec<NewEvent> {
    vec![NewEvent::new(stream.clone(), "n", 1, Codec::Json, b"{}".to_vec()); count]
}
