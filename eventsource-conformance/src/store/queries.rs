//! Cases of the selection of events by queries.

use eventsource_core::store::{Expect, NoneMatchGuards, ReadLog, StoreErrorKind};
use eventsource_core::{AppendError, Filter, Position, Query, ReadError, StreamId, Tag};
use uuid::Uuid;

use super::Store;
use super::support::{commit, event, read_all, read_stream};

async fn store_one(store: &Store, stream: &StreamId, name: &'static str, tags: &[Tag]) {
    let mut new = event(stream, name).tagged(tags.to_vec());
    new.name = name.into();
    store.append(commit(vec![new])).await.unwrap();
}

async fn payloads(store: &Store, query: Query) -> Vec<String> {
    let seen = read_all(store, &query, 2).await;
    seen.into_iter().map(|event| event.name).collect()
}

/// Within a filter any category, any name and all tags; of the filters any.
pub(super) async fn queries_choose_by_category_name_and_tags(store: Store) {
    let cart = StreamId::new("cart", Uuid::now_v7());
    let course = StreamId::new("course", Uuid::now_v7());
    let (ann, red) = (Tag::new("who", "ann"), Tag::new("colour", "red"));
    store_one(&store, &cart, "a", &[]).await;
    store_one(&store, &cart, "b", std::slice::from_ref(&ann)).await;
    store_one(&store, &course, "a", &[ann.clone(), red.clone()]).await;
    store_one(
        &store,
        &course,
        "c",
        &[ann.clone(), ann.clone(), red.clone()],
    )
    .await;

    let category = |name: &'static str| Filter::new().category(name);
    let cases: Vec<(Query, &[&str])> = vec![
        (Query::all(), &["a", "b", "a", "c"]),
        (Query::any([Filter::new()]), &["a", "b", "a", "c"]),
        (category("cart").into(), &["a", "b"]),
        (
            category("cart").category("course").into(),
            &["a", "b", "a", "c"],
        ),
        (category("car").into(), &[]),
        (Filter::new().name("a").into(), &["a", "a"]),
        (Filter::new().name("a").name("c").into(), &["a", "a", "c"]),
        (category("course").name("a").into(), &["a"]),
        (Filter::new().tag(ann.clone()).into(), &["b", "a", "c"]),
        (
            Filter::new().tag(ann.clone()).tag(red.clone()).into(),
            &["a", "c"],
        ),
        (category("cart").tag(red.clone()).into(), &[]),
        (
            Query::any([category("cart"), Filter::new().tag(red)]),
            &["a", "b", "a", "c"],
        ),
        (
            Query::any([Filter::new().name("c"), category("cart").name("b")]),
            &["b", "c"],
        ),
        (Filter::new().tag(Tag::new("who", "an")).into(), &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(payloads(&store, query.clone()).await, expected, "{query:?}");
    }
}

/// A query in a tenant sees that tenant's events; the same root id in two tenants is two streams.
pub(super) async fn tenants_do_not_see_each_other(store: Store) {
    let id = Uuid::now_v7();
    let mine = StreamId::new("cart", id);
    let theirs = mine.clone().in_tenant("acme");
    store_one(&store, &mine, "mine", &[]).await;
    store_one(&store, &theirs, "theirs", &[]).await;
    assert_eq!(payloads(&store, Query::all()).await, ["mine", "theirs"]);
    assert_eq!(payloads(&store, Query::all().in_tenant("")).await, ["mine"]);
    assert_eq!(
        payloads(&store, Query::all().in_tenant("acme")).await,
        ["theirs"]
    );
    assert_eq!(
        payloads(&store, Query::all().in_tenant("acm")).await,
        [""; 0]
    );
    assert_eq!(read_stream(&store, &mine, 10).await.len(), 1);
    assert_eq!(read_stream(&store, &theirs, 10).await[0].version, 1);
    assert_eq!(
        store.root_ids("acme", "cart", None, 10).await.unwrap(),
        [id]
    );
    assert!(
        store
            .root_ids("ac%", "cart", None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

/// The wildcards of databases have no meaning in queries.
pub(super) async fn wildcards_mean_nothing(store: Store) {
    for tenant in ["acme", "a_me", "a%", "a*", "a?me", ">"] {
        let stream = StreamId::new("cart", Uuid::now_v7()).in_tenant(tenant);
        store_one(&store, &stream, "it", &[Tag::new("for", tenant)]).await;
    }
    for pattern in ["a%", "a_me", "a*", ">", "%"] {
        let expected = usize::from(pattern != "%");
        let of_tenant = Query::all().in_tenant(pattern);
        assert_eq!(
            payloads(&store, of_tenant).await.len(),
            expected,
            "{pattern}"
        );
        let tagged = Query::from(Filter::new().tag(Tag::new("for", pattern)));
        assert_eq!(payloads(&store, tagged).await.len(), expected, "{pattern}");
        assert_eq!(
            payloads(&store, Filter::new().name(pattern).into())
                .await
                .len(),
            0
        );
        assert_eq!(
            payloads(&store, Filter::new().category(pattern).into())
                .await
                .len(),
            0
        );
    }
}

/// Such a tag would look like one whose value has the colon, so it can be neither stored nor queried.
pub(super) async fn a_tag_whose_key_has_a_colon_is_refused(store: Store) {
    let stream = StreamId::new("seat", Uuid::now_v7());
    let (valid, invalid) = (Tag::new("row", "7:left"), Tag::new("row:7", "left"));
    assert_eq!(valid.as_str(), invalid.as_str());
    store_one(&store, &stream, "taken", std::slice::from_ref(&valid)).await;

    let tagged = vec![event(&stream, "taken").tagged(vec![invalid.clone()])];
    let asking = Query::from(Filter::new().tag(invalid));
    let none_match = Expect::NoneMatch {
        query: asking.clone().in_tenant(""),
        after: Position::START,
    };
    let guarded = commit(vec![event(&stream, "taken")]).expect(none_match);
    let takes_guards = store.capabilities().none_match != NoneMatchGuards::No;
    let mut refused = vec![commit(tagged)];
    refused.extend(takes_guards.then_some(guarded));
    for refused in refused {
        let refused = store.append(refused).await;
        let Err(AppendError::Invalid { reason }) = refused else {
            panic!("{refused:?}")
        };
        assert!(reason.contains("\"row:7\""), "{reason}");
    }
    let read = store.read(ReadLog::new(asking).limit(10)).await;
    let Err(ReadError::Store(error)) = read else {
        panic!("{read:?}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    assert!(error.to_string().contains("\"row:7\""), "{error}");

    let asking = Query::from(Filter::new().tag(valid.clone()));
    let seen = read_all(&store, &asking, 10).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].tags, [valid]);
}
