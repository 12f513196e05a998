//! Expectations.

use super::Store;
use super::support::{append, at, cart, commit, event, events, read_all, seen};
use crate::{
    AppendError, Conflict, Expect, Filter, NewEvent, Position, Query, Revision, StreamId, Tag,
};

/// No stream, an exact revision or any, of a stream that is not there, that is as expected, longer
/// or shorter: the same table on every store.
pub async fn every_expectation_meets_every_stream(store: Store) {
    let (absent, there, other) = (cart(), cart(), cart());
    let first = append(&store, &there, 2).await.revision();
    append(&store, &other, 5).await;
    let now = append(&store, &there, 1).await.revision();
    let beyond = Revision::new(4, Position::new(now.position().offset() + 1));
    let elsewhere = Revision::new(now.version(), first.position());
    let cases = [
        (None, &cart(), true),
        (Some(Expect::NoStream(absent.clone())), &absent, true),
        (Some(Expect::NoStream(cart())), &absent, true),
        (Some(Expect::NoStream(there.clone())), &there, false),
        (Some(at(&there, Revision::NONE)), &there, false),
        (Some(at(&there, first)), &there, false),
        (Some(at(&there, beyond)), &there, false),
        (Some(at(&there, elsewhere)), &there, false),
        (Some(at(&cart(), now)), &there, false),
        (Some(at(&there, now)), &there, true),
        (None, &there, true),
    ];
    for (number, (expect, stream, stored)) in cases.into_iter().enumerate() {
        let before = store.head().await.unwrap();
        let mut new = commit(vec![event(stream, "case")]);
        new.expect.extend(expect);
        let answer = store.append(new).await;
        assert_eq!(answer.is_ok(), stored, "case {number}: {answer:?}");
        assert_eq!(
            store.head().await.unwrap() > before,
            stored,
            "case {number}"
        );
    }
}

/// A conflict names the expectation, says where the stream stands, and brings what was missed.
pub async fn a_conflict_brings_what_was_missed(store: Store) {
    let stream = cart();
    let first = append(&store, &stream, 2).await.revision();
    append(&store, &cart(), 1).await;
    let last = append(&store, &stream, 3).await.revision();
    let conflict = conflict(&store, at(&stream, first), &stream).await;
    assert_eq!(
        (&conflict.expected, conflict.actual),
        (&at(&stream, first), Some(last))
    );
    assert!(conflict.missed.is_complete());
    let all = read_all(&store, &Query::all(), 100).await;
    assert_eq!(seen(&conflict.missed), all[3..]);
}

/// Where more was missed than fits a page, the page comes, and says that it is not all.
pub async fn a_conflict_that_missed_much_says_so(store: Store) {
    let stream = cart();
    for _ in 0..60 {
        append(&store, &stream, 50).await;
    }
    let conflict = conflict(&store, Expect::NoStream(stream.clone()), &stream).await;
    let missed = seen(&conflict.missed);
    assert!(!conflict.missed.is_complete() && !missed.is_empty() && missed.len() < 3_000);
    assert!(
        missed
            .iter()
            .zip(1..)
            .all(|(event, version)| event.version == version)
    );
}

/// A decision that only looked at a stream can expect that it did not change.
pub async fn an_expectation_may_name_a_stream_that_is_not_written(store: Store) {
    let (looked_at, written) = (cart(), cart());
    let revision = append(&store, &looked_at, 1).await.revision();
    let new = |text| commit(vec![event(&written, text)]).expect(at(&looked_at, revision));
    store.append(new("in time")).await.unwrap();
    append(&store, &looked_at, 1).await;
    let conflict = store.append(new("too late")).await.unwrap_err();
    assert!(matches!(conflict, AppendError::Conflict(_)), "{conflict:?}");
}

/// No event after a position may match a query: a rule over events of many streams.
pub async fn no_event_may_match_a_query(store: Store) {
    let ann = Tag::new("student", "ann");
    let seat = |tag: &Tag| -> NewEvent { event(&cart(), "seat").tagged(vec![tag.clone()]) };
    let query = Query::from(Filter::new().name("cart.noted").tag(ann.clone()));
    let expect = |after| Expect::NoneMatch {
        query: query.clone(),
        after,
    };

    append(&store, &cart(), 2).await;
    let head = store.head().await.unwrap();
    store
        .append(commit(vec![seat(&ann)]).expect(expect(Position::START)))
        .await
        .unwrap();
    store
        .append(
            commit(vec![seat(&Tag::new("student", "bob"))])
                .expect(expect(store.head().await.unwrap())),
        )
        .await
        .unwrap();
    let refused = store
        .append(commit(vec![seat(&ann)]).expect(expect(head)))
        .await;
    let Err(AppendError::Conflict(conflict)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(seen(&conflict.missed).len(), 1);
    assert_eq!(conflict.missed.last().unwrap().tags, [ann]);

    let beyond = expect(Position::new(1_000_000));
    let refused = store
        .append(commit(events(&cart(), 1)).expect(beyond))
        .await;
    assert!(
        matches!(refused, Err(AppendError::Invalid { .. })),
        "{refused:?}"
    );
}

async fn conflict(store: &Store, expect: Expect, stream: &StreamId) -> Conflict {
    let answer = store
        .append(commit(vec![event(stream, "refused")]).expect(expect))
        .await;
    match answer {
        Err(AppendError::Conflict(conflict)) => *conflict,
        answer => panic!("a conflict was expected: {answer:?}"),
    }
}
