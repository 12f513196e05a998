//! Expectations.

use eventsource_core::store::{Expect, ReadLog, ReadStream};
use eventsource_core::{AppendError, Position, Query, Revision};

use super::Store;
use super::bed::Bed;
use super::support::{append, at, cart, commit, conflict, event, read_all, seen};

/// No stream, an exact revision or any, of a stream that is not there, that is as expected, longer
/// or shorter: the same table on every store.
pub(super) async fn every_expectation_meets_every_stream(bed: Bed) {
    let store = bed.open().await.store();
    let there = cart();
    let (absent, other) = (bed.sibling(&there), cart());
    let first = append(&store, &there, 2).await.revision();
    append(&store, &other, 5).await;
    let now = append(&store, &there, 1).await.revision();
    let next = Position::new(now.position().offset().get() + 1);
    let beyond = Revision::with_check(4, next, now.check());
    let elsewhere = Revision::with_check(now.version(), first.position(), now.check());
    let of_another = |check| Revision::with_check(now.version(), now.position(), check);
    let cases = [
        (None, &bed.sibling(&there), true),
        (Some(Expect::NoStream(absent.clone())), &absent, true),
        (Some(Expect::NoStream(bed.sibling(&there))), &absent, true),
        (Some(Expect::NoStream(there.clone())), &there, false),
        (Some(at(&there, Revision::NONE)), &there, false),
        (Some(at(&there, first)), &there, false),
        (Some(at(&there, beyond)), &there, false),
        (Some(at(&there, elsewhere)), &there, false),
        (Some(at(&there, of_another(!now.check()))), &there, false),
        (Some(at(&there, of_another(now.check() ^ 1))), &there, false),
        (Some(at(&there, of_another(0))), &there, false),
        (Some(at(&bed.sibling(&there), now)), &there, false),
        (Some(at(&there, now)), &there, true),
        (None, &there, true),
    ];
    for (number, (expect, stream, stored)) in cases.into_iter().enumerate() {
        let before = store.head().await.unwrap();
        let mut new = commit(vec![event(stream, "case")]);
        new.expectations.extend(expect);
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
pub(super) async fn a_revision_is_the_same_from_receipts_pages_and_conflicts(bed: Bed) {
    let store = bed.open().await.store();
    let one = cart();
    let other = bed.sibling(&one);
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
pub(super) async fn a_conflict_brings_what_was_missed(store: Store) {
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

/// If more events were missed than fit a page, the conflict has a page that is marked as incomplete.
pub(super) async fn a_conflict_that_missed_much_says_so(store: Store) {
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
pub(super) async fn an_expectation_may_name_a_stream_that_is_not_written(bed: Bed) {
    let store = bed.open().await.store();
    let looked_at = cart();
    let written = bed.sibling(&looked_at);
    let revision = append(&store, &looked_at, 1).await.revision();
    let new = |text| commit(vec![event(&written, text)]).expect(at(&looked_at, revision));
    store.append(new("in time")).await.unwrap();
    append(&store, &looked_at, 1).await;
    let conflict = store.append(new("too late")).await.unwrap_err();
    assert!(matches!(conflict, AppendError::Conflict(_)), "{conflict:?}");
}

/// The store reports the first one of several expectations that fail.
pub(super) async fn the_first_expectation_that_fails_is_reported(bed: Bed) {
    let store = bed.open().await.store();
    let stream = cart();
    let other = bed.sibling(&stream);
    for stream in [&stream, &other] {
        append(&store, stream, 1).await;
    }
    let holds = Expect::NoStream(bed.sibling(&stream));
    let fails = [&stream, &other].map(|stream| Expect::NoStream(stream.clone()));
    for order in [[0, 1], [1, 0]] {
        let mut new = commit(vec![event(&stream, "refused")]).expect(holds.clone());
        new.expectations
            .extend(order.map(|index: usize| fails[index].clone()));
        let answer = store.append(new).await;
        let Err(AppendError::Conflict(conflict)) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(conflict.expected, fails[order[0]]);
    }
}

/// A revision whose offset is near the largest one is a conflict, and no failure.
pub(super) async fn a_revision_near_the_largest_offset_does_not_hold(store: Store) {
    let stream = cart();
    let now = append(&store, &stream, 1).await.revision();
    let largest = i64::MAX.unsigned_abs();
    for offset in [largest - 1, largest] {
        for version in [1, largest] {
            let beyond = Revision::with_check(version, Position::new(offset), now.check());
            let answer = conflict(&store, at(&stream, beyond), &stream).await;
            assert_eq!(answer.actual, Some(now));
        }
    }
}
