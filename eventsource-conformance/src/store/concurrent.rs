//! Many tasks at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_core::store::{Expect, ReadStream};
use eventsource_core::{AppendError, Query, Revision, StreamId};
use tokio::task::JoinSet;

use super::Store;
use super::bed::Bed;
use super::support::{Tail, append, at, cart, commit, event, read_stream};

/// Sixteen tasks that each read a stream and append to what they saw: each success is one event,
/// each conflict is none.
pub(super) async fn writers_of_one_stream_never_both_win(store: Store) {
    let stream = cart();
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        tasks.spawn(count_on(Arc::clone(&store), stream.clone()));
    }
    let stored: u64 = tasks.join_all().await.into_iter().sum();
    let seen = read_stream(&store, &stream, 100).await;
    assert_eq!(seen.len() as u64, stored);
    assert!(
        seen.iter()
            .zip(1..)
            .all(|(event, version)| event.version == version)
    );
}

async fn count_on(store: Store, stream: StreamId) -> u64 {
    let mut stored = 0;
    for _ in 0..20 {
        let revision = revision(&store, &stream).await;
        let new = commit(vec![event(&stream, "counted")]).expect(at(&stream, revision));
        match store.append(new).await {
            Ok(receipt) => {
                assert_eq!(receipt.revision().version(), revision.version() + 1);
                stored += 1;
            }
            Err(AppendError::Conflict(conflict)) => {
                let actual = conflict.actual.expect("the stream is there");
                assert!(actual.version() > revision.version());
            }
            Err(error) => panic!("{error}"),
        }
    }
    stored
}

async fn revision(store: &Store, stream: &StreamId) -> Revision {
    let read = ReadStream::backward(stream.clone(), u64::MAX).limit(1);
    let page = store.read_stream(read).await.unwrap();
    page.last().map_or(Revision::NONE, |last| last.revision())
}

/// Two aggregates of which one has to stay on: pairs of decisions that each look at both and
/// write one. If both were stored, both would be off.
pub(super) async fn decisions_over_two_streams_are_not_skewed(bed: Bed) {
    let store = bed.open().await.store();
    for _ in 0..50 {
        let a = cart();
        let b = bed.sibling(&a);
        let switch_off = |stream: &StreamId| {
            let both = [Expect::NoStream(a.clone()), Expect::NoStream(b.clone())];
            let mut new = commit(vec![event(stream, "off")]);
            new.expectations.extend(both);
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.append(new).await.is_ok() })
        };
        let (first, second) = (switch_off(&a), switch_off(&b));
        let on = [first.await.unwrap(), second.await.unwrap()];
        assert_eq!(on.iter().filter(|stored| **stored).count(), 1);
    }
}

/// A reader that reads on from where it stands, while eight writers write commits of several
/// events, sees every event once and in order.
pub(super) async fn a_reader_at_the_tail_misses_nothing(store: Store) {
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let stream = cart();
            for number in 0..40 {
                append(&store, &stream, 1 + number % 4).await;
            }
        });
    }
    let ended = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(Tail::new(&store, Query::all()).follow(Arc::clone(&ended)));
    writers.join_all().await;
    ended.store(true, Ordering::SeqCst);
    reader.await.unwrap().missed_nothing().await;
}

/// Appends whose futures are dropped while they wait are stored whole or not at all, and do not
/// hold up those that come after.
pub(super) async fn a_dropped_append_is_whole_or_nothing(store: Store) {
    let mut streams = Vec::new();
    for number in 0..200_u64 {
        let stream = cart();
        let new = commit(super::support::events(&stream, 3));
        let patience = Duration::from_micros(number * 10);
        let _ = tokio::time::timeout(patience, store.append(new)).await;
        streams.push(stream);
    }
    append(&store, &cart(), 1).await;
    for stream in streams {
        let stored = read_stream(&store, &stream, 10).await.len();
        assert!(
            stored == 0 || stored == 3,
            "{stored} of 3 events are stored"
        );
    }
}
