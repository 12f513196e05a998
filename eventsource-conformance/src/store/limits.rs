//! Cases of requests that are too large or malformed.

use eventsource_core::store::{
    Commit, Expect, Fingerprint, NewEvent, NoneMatchGuards, ReadLog, Snapshot, StoreErrorKind,
};
use eventsource_core::{
    AppendError, Codec, Filter, Horizon, Metadata, Query, ReadError, Revision, StreamId, Tag,
};
use uuid::Uuid;

use super::Store;
use super::bed::{Bed, Handle};
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
        let stream = cart();
        let event = |number| event(&stream, "x").tagged(tags(number).collect());
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

/// A commit has so many streams, whether it writes them or expects something of them.
pub(super) async fn streams_of_a_commit_are_limited(bed: Bed) {
    let store = bed.open().await.store();
    let limit = store.limits().streams;
    let streams = |count: usize| {
        let first = cart();
        let mut all: Vec<_> = (1..count).map(|_| bed.sibling(&first)).collect();
        all.push(first);
        all
    };
    let writing = |count: usize| {
        let streams = streams(count);
        commit(streams.iter().map(|stream| event(stream, "x")).collect())
    };
    // One of them is written.
    let expecting = |count: usize| {
        let streams = streams(count);
        let (written, expected) = streams.split_last().unwrap();
        let mut new = commit(events(written, 1));
        let expected = expected.iter().map(|stream| at(stream, Revision::NONE));
        new.expectations = expected.collect();
        new
    };
    let expecting_again = |count: usize| {
        let stream = cart();
        let mut new = commit(events(&stream, 1));
        new.expectations = vec![Expect::NoStream(stream); count];
        new
    };
    at_the_limit(&store, limit, writing).await;
    at_the_limit(&store, limit, expecting).await;
    at_the_limit(&store, limit, expecting_again).await;
}

/// A commit has so many guards, and a guard has so many filters and tags.
pub(super) async fn guards_of_a_commit_are_limited(store: Handle) {
    if !store.keeps_exact_guards().await {
        return;
    }
    let limits = store.limits();
    let after = store.head().await.unwrap();
    let nothing = || Filter::new().category("nothing");
    let guarded = |filters: Vec<Filter>| Expect::NoneMatch {
        query: Query::any(filters).in_tenant(""),
        after: after.position(),
    };
    let guarding = |count: usize| {
        let mut new = commit(events(&cart(), 1));
        new.expectations = vec![guarded(vec![nothing()]); count];
        new
    };
    let filters = |count: usize| commit(events(&cart(), 1)).expect(guarded(vec![nothing(); count]));
    let tags = |count: usize| {
        let tag = |filter: Filter, tag: usize| filter.tag(Tag::new("t", tag));
        let filter = (0..count).fold(nothing(), tag);
        commit(events(&cart(), 1)).expect(guarded(vec![filter]))
    };
    at_the_limit(&store, limits.guards, guarding).await;
    at_the_limit(&store, limits.guard_filters, filters).await;
    at_the_limit(&store, limits.guard_filters, tags).await;
    let value = |filter: Filter, name: usize| filter.name(format!("n{name}"));
    let values = (0..=limits.query_values).fold(Filter::new(), value);
    let refused = commit(events(&cart(), 1)).expect(guarded(vec![values]));
    let refused = store.append(refused).await;
    let is_refused = matches!(refused, Err(AppendError::Limit { .. }));
    assert!(is_refused, "{refused:?}");
}

/// A query has so many filters, tags and names, and names as long as those of events. A larger one is
/// refused before a read.
pub(super) async fn queries_are_limited(store: Store) {
    let limits = store.limits();
    append(&store, &cart(), 1).await;
    let tagged = |count: usize| {
        let tag = |filter: Filter, tag: usize| filter.tag(Tag::new("t", tag));
        (0..count).fold(Filter::new(), tag)
    };
    let named = |count: usize| {
        let name = |filter: Filter, name: usize| filter.name(format!("n{name}"));
        (0..count).fold(Filter::new(), name)
    };
    let filters = |count: usize| Query::any(vec![Filter::new().category("none"); count]);
    let tags = |count: usize| {
        let whole = vec![tagged(limits.filter_tags); count / limits.filter_tags];
        let rest = count % limits.filter_tags;
        let rest = (rest > 0).then(|| tagged(rest));
        Query::any(whole.into_iter().chain(rest))
    };
    let values =
        |count: usize| Query::any([named(count - 2).category("none").tag(Tag::new("t", 1))]);
    let long = |bytes: usize| "n".repeat(bytes);
    at_the_limit_of_reads(&store, limits.query_filters, filters).await;
    at_the_limit_of_reads(&store, limits.filter_tags, |count| tagged(count).into()).await;
    at_the_limit_of_reads(&store, limits.query_tags, tags).await;
    at_the_limit_of_reads(&store, limits.query_values, values).await;
    for texts in [
        |text: String| Query::from(Filter::new().name(text)),
        |text: String| Query::from(Filter::new().category(text)),
        |text: String| Query::from(Filter::new().tag(Tag::new("n", &text[2..]))),
        |text: String| Query::all().in_tenant(text),
    ] {
        at_the_limit_of_reads(&store, limits.name_bytes, |bytes| texts(long(bytes))).await;
    }
}

async fn at_the_limit_of_reads(store: &Store, limit: usize, make: impl Fn(usize) -> Query) {
    let read = |query| store.read(ReadLog::new(query).limit(10));
    let page = read(make(limit))
        .await
        .expect("it is no larger than the limit");
    assert!(page.is_empty());
    let refused = read(make(limit + 1)).await;
    let Err(ReadError::Limit {
        size,
        limit: stated,
        ..
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((size, stated), (limit + 1, limit));
}

/// A state that is larger is not kept, with an error that says so; one that is as large is.
pub(super) async fn snapshots_are_limited(store: Handle) {
    let Some(snapshots) = store.keeps_snapshots() else {
        return;
    };
    let (stream, fingerprint) = (cart(), Fingerprint::from_bytes([7; 32]));
    let revision = append(&store, &stream, 1).await.revision();
    let limit = store.limits().snapshot_bytes;
    let of_bytes = |bytes| Snapshot::new(stream.clone(), fingerprint, revision, vec![b'1'; bytes]);
    let refused = snapshots.keep(of_bytes(limit + 1)).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Unsupported);
    let newest = || snapshots.newest(stream.clone(), fingerprint);
    assert_eq!(newest().await.unwrap(), None);
    snapshots.keep(of_bytes(limit)).await.unwrap();
    assert_eq!(newest().await.unwrap().unwrap().state.len(), limit);
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

/// The events of a commit, the streams of which it expects something, and its guards are in one tenant.
pub(super) async fn a_commit_stays_within_one_tenant(store: Store) {
    let takes_guards = store.capabilities().none_match != NoneMatchGuards::No;
    let (mine, theirs) = (cart(), cart().in_tenant("acme"));
    let mut revision = append(&store, &mine, 1).await.revision();
    let their_revision = append(&store, &theirs, 1).await.revision();
    let new = || commit(vec![event(&mine, "x")]);
    let head = store.head().await.unwrap();
    let guard = |query: Query, after: Horizon| Expect::NoneMatch {
        query,
        after: after.position(),
    };
    let salt = || Query::from(Filter::new().tag(Tag::new("sku", "salt")));
    for (refused, expected) in [
        (
            commit(vec![event(&mine, "x"), event(&theirs, "x")]),
            Some("acme"),
        ),
        (new().expect(at(&theirs, their_revision)), Some("acme")),
        (
            new().expect(Expect::NoStream(cart().in_tenant("acm"))),
            Some("acm"),
        ),
        (
            new().expect(guard(salt().in_tenant("acme"), head)),
            Some("acme"),
        ),
        (new().expect(guard(salt(), head)), None),
    ] {
        let refused = store.append(refused).await;
        let Err(AppendError::Tenants { tenant, other, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((&*tenant, other.as_deref()), ("", expected));
    }
    assert_eq!(store.head().await.unwrap(), head);
    for stream in [&mine, &theirs] {
        let within = commit(vec![event(stream, "x"), event(stream, "y")]);
        let query = salt().in_tenant(stream.tenant().to_owned());
        let head = store.head().await.unwrap();
        let guards = takes_guards.then(|| guard(query, head));
        let within = guards.into_iter().fold(within, Commit::expect);
        let receipt = store.append(within).await.unwrap();
        if *stream == mine {
            revision = receipt.revision();
        }
    }
    store
        .append(new().expect(at(&mine, revision)))
        .await
        .unwrap();
}

/// A malformed commit is refused with a reason, and nothing is stored.
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
    assert_eq!(store.head().await.unwrap(), Horizon::START);
    assert_eq!(read_all(&store, &Query::all(), 10).await, []);
}
