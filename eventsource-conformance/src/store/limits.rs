//! What is too large, or not well-formed.

use eventsource_core::store::{Commit, Expect, Fingerprint, NewEvent, Snapshot, StoreErrorKind};
use eventsource_core::{
    AppendError, Codec, Filter, Metadata, Position, Query, Revision, StreamId, Tag,
};
use uuid::Uuid;

use super::Store;
use super::support::{append, at, cart, commit, event, events, read_all};

/// At the limit a commit is stored; one more of anything, and the error says how much it is and
/// how much it may be.
pub(super) async fn limits_hold_to_the_byte(store: Store) {
    let limits = store.limits();
    let large = |bytes: usize| {
        let stream = cart();
        let around = "cart.noted".len() + stream.category().len() + 16 + EVENT;
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
    at_the_limit(&store, limits.commit_bytes, large).await;
    at_the_limit(&store, limits.commit_events, |count| commit(small(count))).await;
    at_the_limit(&store, limits.name_bytes, named).await;
    at_the_limit(&store, limits.name_bytes, in_category).await;
    at_the_limit(&store, limits.tags, |count| tagged(count, 4)).await;
    at_the_limit(&store, limits.name_bytes, |bytes| tagged(1, bytes)).await;
}

/// Bytes that an event, a tag and a text of the metadata count for beside their content.
const EVENT: usize = 16;
const TAG: usize = 4;
const TEXT: usize = 8;

/// Many small events, tags or texts of the metadata reach the limit of a commit by their overhead.
pub(super) async fn what_is_small_and_many_counts_as_what_it_takes(store: Store) {
    let limit = store.limits().commit_bytes;
    // A payload fills what the small parts leave.
    let filled = |bytes: usize, mut new: Commit, small: usize| {
        let event = |event: &NewEvent| {
            let stream = &event.stream;
            let tags = event.tags.iter().map(|tag| tag.as_str().len() + TAG);
            let named = event.name.len() + stream.tenant().len() + stream.category().len();
            EVENT + 16 + named + event.payload.len() + tags.sum::<usize>()
        };
        let first = &mut new.events[0];
        first.payload = Vec::new().into();
        let taken = new.events.iter().map(event).sum::<usize>() + small;
        new.events[0].payload = vec![b'x'; bytes - taken].into();
        new
    };
    let events = |bytes| filled(bytes, commit(small(9_000)), 0);
    let tagged = |bytes| {
        let tags = |number: usize| (0..30).map(move |tag| Tag::new("t", number * 30 + tag));
        let event = |number| event(&cart(), "x").tagged(tags(number).collect());
        filled(bytes, commit((0..200).map(event).collect()), 0)
    };
    let described = |bytes| {
        let entry = |all: Metadata, number: usize| all.entry(number.to_string(), "x");
        let entries = (10_000..20_000).fold(Metadata::new().actor("ann"), entry);
        let small = 10_000 * (5 + 1 + 2 * TEXT) + 3 + TEXT;
        filled(
            bytes,
            commit(vec![event(&cart(), "x")]).metadata(entries),
            small,
        )
    };
    at_the_limit(&store, limit, events).await;
    at_the_limit(&store, limit, described).await;
    at_the_limit(&store, limit, tagged).await;
}

/// A commit has so many streams, whether it writes them or expects something of them, and so many
/// guards; and a guard has so many filters and tags.
pub(super) async fn streams_and_guards_of_a_commit_are_limited(store: Store) {
    let limits = store.limits();
    let writing = |count: usize| {
        let one = || event(&cart(), "x");
        commit((0..count).map(|_| one()).collect())
    };
    // One of them is written.
    let expecting = |count: usize| {
        let mut new = commit(events(&cart(), 1));
        new.expect = (1..count).map(|_| at(&cart(), Revision::NONE)).collect();
        new
    };
    let expecting_again = |count: usize| {
        let stream = cart();
        let mut new = commit(events(&stream, 1));
        new.expect = vec![Expect::NoStream(stream); count];
        new
    };
    let after = store.head().await.unwrap();
    let nothing = || Filter::new().category("nothing");
    let guarded = |filters: Vec<Filter>| Expect::NoneMatch {
        query: Query::any(filters),
        after,
    };
    let guarding = |count: usize| {
        let mut new = commit(events(&cart(), 1));
        new.expect = vec![guarded(vec![nothing()]); count];
        new
    };
    let filters = |count: usize| commit(events(&cart(), 1)).expect(guarded(vec![nothing(); count]));
    let tags = |count: usize| {
        let tag = |filter: Filter, tag: usize| filter.tag(Tag::new("t", tag));
        let filter = (0..count).fold(nothing(), tag);
        commit(events(&cart(), 1)).expect(guarded(vec![filter]))
    };
    at_the_limit(&store, limits.streams, writing).await;
    at_the_limit(&store, limits.streams, expecting).await;
    at_the_limit(&store, limits.streams, expecting_again).await;
    at_the_limit(&store, limits.guards, guarding).await;
    at_the_limit(&store, limits.guard_filters, filters).await;
    at_the_limit(&store, limits.guard_filters, tags).await;
}

/// A state that is larger is not kept, with an error that says so; one that is as large is.
pub(super) async fn snapshots_are_limited(store: Store) {
    let (stream, fingerprint) = (cart(), Fingerprint::from_bytes([7; 32]));
    let revision = append(&store, &stream, 1).await.revision();
    let limit = store.limits().snapshot_bytes;
    let of_bytes = |bytes| Snapshot::new(stream.clone(), fingerprint, revision, vec![b'1'; bytes]);
    let refused = store.save_snapshot(of_bytes(limit + 1)).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Unsupported);
    let none = store.snapshot(stream.clone(), fingerprint).await.unwrap();
    assert_eq!(none, None);
    if let Err(error) = store.save_snapshot(of_bytes(limit)).await {
        // A store need not keep any; then it says so of a small one too.
        assert!(store.save_snapshot(of_bytes(1)).await.is_err(), "{error}");
        return;
    }
    let kept = store.snapshot(stream.clone(), fingerprint).await.unwrap();
    assert_eq!(kept.unwrap().state.len(), limit);
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
pub(super) async fn what_is_malformed_is_refused(store: Store) {
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
