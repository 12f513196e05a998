//! What is too large, or not well-formed.

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::{AppendError, Codec, Position, Query, Revision, StreamId, Tag};
use uuid::Uuid;

use super::Store;
use super::support::{at, cart, commit, event, events, read_all};

/// At the limit a commit is stored; one more of anything, and the error says how much it is and
/// how much it may be.
pub async fn limits_hold_to_the_byte(store: Store) {
    let limits = store.limits();
    let large = |bytes: usize| {
        let stream = cart();
        let around = "cart.noted".len() + stream.category().len() + 16;
        let payload = vec![b'x'; bytes - around];
        commit(vec![NewEvent::new(
            stream,
            "cart.noted",
            1,
            Codec::Json,
            payload,
        )])
    };
    let named = |bytes: usize| {
        let mut new = event(&cart(), "named");
        new.name = "n".repeat(bytes).into();
        commit(vec![new])
    };
    let in_category = |bytes: usize| {
        commit(vec![event(
            &StreamId::new("c".repeat(bytes), Uuid::now_v7()),
            "x",
        )])
    };
    let tagged = |tags: usize, bytes: usize| {
        let tags = (0..tags)
            .map(|_| Tag::new("t", "x".repeat(bytes - 2)))
            .collect();
        commit(vec![event(&cart(), "tagged").tagged(tags)])
    };
    let expecting = |count: usize| {
        let mut new = commit(events(&cart(), 1));
        new.expect = (0..count).map(|_| at(&cart(), Revision::NONE)).collect();
        new
    };
    at_the_limit(&store, limits.commit_bytes, large).await;
    at_the_limit(&store, limits.commit_events, |count| commit(small(count))).await;
    at_the_limit(&store, limits.name_bytes, named).await;
    at_the_limit(&store, limits.name_bytes, in_category).await;
    at_the_limit(&store, limits.tags, |count| tagged(count, 4)).await;
    at_the_limit(&store, limits.name_bytes, |bytes| tagged(1, bytes)).await;
    at_the_limit(&store, limits.expectations, expecting).await;
}

async fn at_the_limit(store: &Store, limit: usize, make: impl Fn(usize) -> Commit) {
    store
        .append(make(limit))
        .await
        .expect("it is no larger than the limit");
    let head = store.head().await.unwrap();
    let refused = store.append(make(limit + 1)).await;
    let Err(AppendError::Limit {
        size,
        limit: stated,
        ..
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((size, stated), (limit + 1, limit));
    assert_eq!(store.head().await.unwrap(), head);
}

/// Events as small as can be.
fn small(count: usize) -> Vec<NewEvent> {
    let stream = StreamId::new("c", Uuid::now_v7());
    vec![NewEvent::new(stream, "n", 1, Codec::Json, b"{}".to_vec()); count]
}

/// What no store can keep is refused with a reason, and nothing is stored.
pub async fn what_is_malformed_is_refused(store: Store) {
    let in_category = |name: &'static str| event(&StreamId::new(name, Uuid::now_v7()), "x");
    let in_tenant = |name: &'static str| event(&cart().in_tenant(name), "x");
    let named = |name: &'static str| NewEvent::new(cart(), name, 1, Codec::Json, b"{}".to_vec());
    let mut version_zero = event(&cart(), "x");
    version_zero.schema = 0;
    let malformed = [
        vec![],
        vec![version_zero],
        vec![named("")],
        vec![named("two words")],
        vec![named("nul\0")],
        vec![in_category("")],
        vec![in_category("line\nbreak")],
        vec![in_tenant(" ")],
        vec![in_tenant("nul\0")],
        vec![event(&cart(), "x").tagged(vec![Tag::new("nul", "\0")])],
    ];
    for events in malformed {
        let described = format!("{events:?}");
        let refused = store.append(commit(events)).await;
        let Err(AppendError::Invalid { reason }) = refused else {
            panic!("{described}: {refused:?}")
        };
        assert!(!reason.is_empty());
    }
    assert_eq!(store.head().await.unwrap(), Position::START);
    assert_eq!(read_all(&store, &Query::all(), 10).await, []);
}
