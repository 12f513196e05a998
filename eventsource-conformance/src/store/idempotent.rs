//! The same commit again.

use eventsource_core::store::Expect;
use eventsource_core::{AppendError, Metadata, Query};

use super::Store;
use super::bed::Bed;
use super::support::{append, at, cart, commit, event, events, read_all};

/// A commit that is sent again is answered with its receipt, even if the streams moved on and
/// what it expects no longer holds.
pub(super) async fn the_same_commit_is_stored_once(bed: Bed) {
    let store = bed.open().await.store();
    let a = cart();
    let b = bed.sibling(&a);
    let new = commit(vec![event(&a, "1"), event(&b, "2"), event(&a, "3")]);
    let new = new
        .expect(Expect::NoStream(a.clone()))
        .metadata(Metadata::new().actor("ann"));
    let first = store.append(new.clone()).await.unwrap();
    assert!(!first.repeated);
    for _ in 0..3 {
        append(&store, &a, 1).await;
        let again = store.append(new.clone()).await.unwrap();
        assert_eq!(again, first.clone().into_repeated());
    }
    assert_eq!(read_all(&store, &Query::all(), 100).await.len(), 6);
}

/// The id of a stored commit is not taken for a commit with other events, tags or metadata.
pub(super) async fn another_commit_under_the_id_is_an_error(store: Store) {
    let stream = cart();
    let new = commit(events(&stream, 2));
    store.append(new.clone()).await.unwrap();
    let mut other_event = new.clone();
    other_event.events[1] = event(&stream, "other");
    let mut shorter = new.clone();
    shorter.events.pop();
    let other_metadata = new.clone().metadata(Metadata::new().actor("bob"));
    for other in [other_event, shorter, other_metadata] {
        let answer = store.append(other).await;
        let Err(AppendError::CommitIdReused { commit_id }) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(commit_id, new.id);
    }
    let expecting_other = new
        .clone()
        .expect(at(&cart(), eventsource_core::Revision::NONE));
    assert!(store.append(expecting_other).await.unwrap().repeated);
}

/// A commit whose id is said to be new is stored once all the same, where what it expects does not
/// hold any more; and once it is said that the id may repeat, whatever it expects.
pub(super) async fn an_id_that_is_said_to_be_new_is_not_stored_again(store: Store) {
    let stream = cart();
    let new = commit(events(&stream, 2)).expect(Expect::NoStream(stream.clone()));
    let new = new.may_repeat(false);
    let first = store.append(new.clone()).await.unwrap();
    assert!(!first.repeated);
    append(&store, &stream, 1).await;
    let again = store.append(new.clone()).await.unwrap();
    assert_eq!(again, first.clone().into_repeated());
    let mut other = new.clone();
    other.events.pop();
    let answer = store.append(other).await;
    assert!(
        matches!(answer, Err(AppendError::CommitIdReused { commit_id }) if commit_id == new.id),
        "{answer:?}"
    );
    let mut expecting_nothing = new.may_repeat(true);
    expecting_nothing.expectations.clear();
    let again = store.append(expecting_nothing).await.unwrap();
    assert_eq!(again, first.into_repeated());
    // A new id is stored, and one whose expectation fails is in conflict.
    let fresh = || commit(events(&stream, 1)).may_repeat(false);
    assert!(!store.append(fresh()).await.unwrap().repeated);
    let late = store.append(fresh().expect(Expect::NoStream(stream))).await;
    assert!(matches!(late, Err(AppendError::Conflict(_))), "{late:?}");
    assert_eq!(read_all(&store, &Query::all(), 100).await.len(), 4);
}

/// Two streams may use one id.
pub(super) async fn the_id_is_unique_within_the_first_stream(bed: Bed) {
    let store = bed.open().await.store();
    let a = cart();
    let b = bed.sibling(&a);
    let mut in_a = commit(vec![event(&a, "1"), event(&b, "2")]);
    let mut in_b = commit(vec![event(&b, "3")]);
    in_b.id = in_a.id;
    assert!(!store.append(in_a.clone()).await.unwrap().repeated);
    assert!(!store.append(in_b.clone()).await.unwrap().repeated);
    assert!(store.append(in_a.clone()).await.unwrap().repeated);
    assert!(store.append(in_b).await.unwrap().repeated);
    in_a.events.reverse();
    assert!(matches!(
        store.append(in_a).await,
        Err(AppendError::CommitIdReused { .. })
    ));
}

/// The receipt of a commit can be asked for by its id and its first stream.
pub(super) async fn a_receipt_can_be_asked_for(bed: Bed) {
    let store = bed.open().await.store();
    let a = cart();
    let b = bed.sibling(&a);
    let new = commit(vec![event(&a, "1"), event(&b, "2")]);
    let receipt = store.append(new.clone()).await.unwrap();
    append(&store, &a, 1).await;
    assert_eq!(
        store.receipt(a.clone(), new.id).await.unwrap(),
        Some(receipt)
    );
    assert_eq!(store.receipt(b, new.id).await.unwrap(), None);
    assert_eq!(store.receipt(a, uuid::Uuid::now_v7()).await.unwrap(), None);
    assert_eq!(store.receipt(cart(), new.id).await.unwrap(), None);
}

/// Its id alone tells, also where it expects nothing and other commits came between.
pub(super) async fn a_commit_without_expectations_is_stored_once(store: Store) {
    let stream = cart();
    let new = commit(events(&stream, 2));
    let first = store.append(new.clone()).await.unwrap();
    append(&store, &stream, 1).await;
    for _ in 0..2 {
        let again = store.append(new.clone()).await.unwrap();
        assert_eq!(again, first.clone().into_repeated());
    }
    assert_eq!(read_all(&store, &Query::all(), 100).await.len(), 3);
}
