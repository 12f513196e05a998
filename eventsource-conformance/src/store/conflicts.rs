//! Expectations.

use std::future::poll_fn;
use std::task::Poll;

use eventsource_core::store::{Commit, Conflict, Expect, NewEvent, ReadLog, ReadStream};
use eventsource_core::{AppendError, Filter, Position, Query, Revision, StreamId, Tag};
use tokio::task::unconstrained;
use uuid::Uuid;

use super::Store;
use super::support::{append, at, cart, commit, event, events, read_all, seen};

/// No stream, an exact revision or any, of a stream that is not there, that is as expected, longer
/// or shorter: the same table on every store.
pub async fn every_expectation_meets_every_stream(store: Store) {
    let (absent, there, other) = (cart(), cart(), cart());
    let first = append(&store, &there, 2).await.revision();
    append(&store, &other, 5).await;
    let now = append(&store, &there, 1).await.revision();
    let next = Position::new(now.position().offset().get() + 1);
    let beyond = Revision::with_check(4, next, now.check());
    let elsewhere = Revision::with_check(now.version(), first.position(), now.check());
    let of_another = |check| Revision::with_check(now.version(), now.position(), check);
    let cases = [
        (None, &cart(), true),
        (Some(Expect::NoStream(absent.clone())), &absent, true),
        (Some(Expect::NoStream(cart())), &absent, true),
        (Some(Expect::NoStream(there.clone())), &there, false),
        (Some(at(&there, Revision::NONE)), &there, false),
        (Some(at(&there, first)), &there, false),
        (Some(at(&there, beyond)), &there, false),
        (Some(at(&there, elsewhere)), &there, false),
        (Some(at(&there, of_another(!now.check()))), &there, false),
        (Some(at(&there, of_another(now.check() ^ 1))), &there, false),
        (Some(at(&there, of_another(0))), &there, false),
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
            store.head().await.unwrap().position().offset() > before.position().offset(),
            stored,
            "case {number}"
        );
    }
}

/// A receipt, the page of the stream and the page of the log give one revision, of each commit over
/// several streams too; and so does the conflict of an expectation that does not hold.
pub async fn a_revision_is_the_same_from_receipts_pages_and_conflicts(store: Store) {
    let (one, other) = (cart(), cart());
    append(&store, &other, 1).await;
    let across = commit(vec![
        event(&one, "a"),
        event(&other, "b"),
        event(&one, "c"),
        event(&one, "d"),
    ]);
    let receipt = store.append(across.clone()).await.unwrap();
    let again = store.append(across).await.unwrap();
    assert!(again.repeated);
    for stream in [&one, &other] {
        let revision = receipt.revision_of(stream).unwrap();
        let expected = Revision::new(revision.version(), revision.position(), receipt.commit_id);
        assert_eq!(revision, expected);
        assert_eq!(again.revision_of(stream), Some(revision));
        let stored = store.receipt(one.clone(), receipt.commit_id).await.unwrap();
        assert_eq!(stored.unwrap().revision_of(stream), Some(revision));

        let last = ReadStream::backward(stream.clone(), u64::MAX).limit(1);
        for read in [last.clone(), last.with_metadata()] {
            let page = store.read_stream(read).await.unwrap();
            assert_eq!(page.get(0).unwrap().revision(), revision);
        }
        let all = store
            .read(ReadLog::new(Query::all()).limit(100))
            .await
            .unwrap();
        let of_stream = all.events().filter(|event| event.stream == stream);
        assert_eq!(of_stream.last().unwrap().revision(), revision);
        let conflict = conflict(&store, Expect::NoStream(stream.clone()), stream).await;
        assert_eq!(conflict.actual, Some(revision));
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

/// A stream has to end with the very commit that is expected, at that version; as many events of
/// another one will not do.
pub async fn a_commit_follows_another_and_nothing_else(store: Store) {
    let (stream, other) = (cart(), cart());
    let first = append(&store, &stream, 2).await;
    let last = append(&store, &stream, 1).await;
    let elsewhere = append(&store, &other, 3).await;
    let both = commit(vec![
        event(&other, "begins here"),
        event(&stream, "4"),
        event(&other, "and ends here"),
    ]);
    let cases = [
        (follows(&stream, first.commit_id, 2), false),
        (follows(&stream, first.commit_id, 3), false),
        (follows(&stream, last.commit_id, 2), false),
        (follows(&stream, last.commit_id, 4), false),
        (follows(&stream, elsewhere.commit_id, 3), false),
        (follows(&stream, Uuid::now_v7(), 3), false),
        (follows(&cart(), last.commit_id, 0), false),
        (follows(&stream, last.commit_id, 3), true),
    ];
    for (number, (expect, holds)) in cases.into_iter().enumerate() {
        let before = store.head().await.unwrap();
        // A stream that is only looked at, so that all cases find the same.
        let new = commit(vec![event(&cart(), "case")]).expect(expect.clone());
        match store.append(new).await {
            Ok(_) => assert!(holds, "case {number}"),
            Err(AppendError::Conflict(conflict)) => {
                assert_eq!((conflict.expected, holds), (expect, false), "case {number}");
                assert_eq!(store.head().await.unwrap(), before, "case {number}");
            }
            Err(error) => panic!("case {number}: {error}"),
        }
    }
    let both = store.append(both).await.unwrap();
    let new = |expect| commit(vec![event(&cart(), "case")]).expect(expect);
    let ended = new(follows(&other, both.commit_id, 5));
    store.append(ended).await.unwrap();
    // The id is unique within the stream where the commit begins.
    let begun = store.append(new(follows(&stream, both.commit_id, 4))).await;
    assert!(matches!(begun, Err(AppendError::Conflict(_))), "{begun:?}");
    let missed = conflict(&store, follows(&stream, first.commit_id, 2), &stream).await;
    assert_eq!(
        (missed.actual.unwrap().version(), missed.missed.len()),
        (4, 2)
    );
}

/// Commits that are sent without waiting are stored in their order, if each expects the one before;
/// and if one of them is not, none behind it is.
pub async fn commits_that_follow_each_other_may_be_sent_together(store: Store) {
    for missing in [None, Some(7)] {
        let stream = cart();
        let mut commits: Vec<Commit> = (0..20).map(|_| commit(events(&stream, 2))).collect();
        let mut expected = Expect::NoStream(stream.clone());
        for (commit, before) in commits.iter_mut().zip(0..) {
            commit.expect.push(expected);
            expected = follows(&stream, commit.id, 2 * before + 2);
        }
        if let Some(missing) = missing {
            commits.remove(missing);
        }
        let mut answers = Vec::new();
        let mut sent: Vec<_> = commits.into_iter().map(|it| store.append(it)).collect();
        for append in &mut sent {
            // It is on its way once it was polled.
            let begun = poll_fn(|context| Poll::Ready(append.as_mut().poll(context)));
            answers.push(match unconstrained(begun).await {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            });
        }
        let mut stored = 0;
        for (append, answer) in sent.into_iter().zip(answers) {
            let answer = match answer {
                Some(answer) => answer,
                None => append.await,
            };
            match answer {
                Ok(receipt) => {
                    stored += 1;
                    assert_eq!(receipt.revision().version(), 2 * stored);
                }
                Err(AppendError::Conflict(_)) => assert!(missing.is_some()),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(stored, missing.unwrap_or(20) as u64);
    }
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
    let query = Query::from(Filter::new().name("cart.noted").tag(ann.clone())).in_tenant("");
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
                .expect(expect(store.head().await.unwrap().position())),
        )
        .await
        .unwrap();
    let refused = store
        .append(commit(vec![seat(&ann)]).expect(expect(head.position())))
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

fn follows(stream: &StreamId, commit: Uuid, version: u64) -> Expect {
    Expect::Follows {
        stream: stream.clone(),
        commit,
        version,
    }
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
