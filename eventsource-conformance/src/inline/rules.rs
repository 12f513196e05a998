//! Rules that refuse an append.

use eventsource_core::store::{ErrorClass, Expect, Imported, ReadStream};
use eventsource_core::{AppendError, Timestamp};

use super::bed::{Bed, Ruled};
use super::emails::{account, is_taken, owners, take, taking};
use crate::store::support::commit;

/// The changes of earlier events of the same commit are undone too.
pub(super) async fn a_refused_commit_leaves_neither_events_nor_rows(store: Ruled) {
    let (ann, other) = (account(), account());
    store.append(take(&ann, "ann")).await.unwrap();
    let (head, before) = (store.head().await.unwrap(), owners(&store).await);
    let refused = commit(vec![taking(&other, "bob"), taking(&other, "ann")]);
    let id = refused.id;
    let error = store.append(refused).await.unwrap_err();
    assert!(is_taken(&error), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Refused);
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(owners(&store).await, before);
    assert_eq!(store.receipt(other.clone(), id).await.unwrap(), None);
    let read = ReadStream::forward(other.clone(), 0);
    assert!(store.read_stream(read).await.unwrap().is_empty());
    store.append(take(&other, "bob")).await.unwrap();
    assert_eq!(owners(&store).await["bob"], (other.root_id(), 1));
}

/// The rule has been asked in vain.
pub(super) async fn a_commit_in_conflict_leaves_the_rows(store: Ruled) {
    let stream = account();
    store.append(take(&stream, "ann")).await.unwrap();
    let before = owners(&store).await;
    let late = take(&stream, "bob").expect(Expect::NoStream(stream.clone()));
    let conflict = store.append(late).await;
    assert!(
        matches!(conflict, Err(AppendError::Conflict(_))),
        "{conflict:?}"
    );
    assert_eq!(owners(&store).await, before);
}

/// Each commit before it has its events and its rows, and none behind it.
pub(super) async fn a_refused_import_leaves_what_came_before(store: Ruled) {
    let [ann, bob, other, eve] = [account(), account(), account(), account()];
    store.append(take(&ann, "ann")).await.unwrap();
    let mut expected = owners(&store).await;
    let late = Timestamp::from_micros(i64::MAX);
    let refused = commit(vec![taking(&other, "joe"), taking(&other, "ann")]);
    let id = refused.id;
    let imported = [take(&bob, "bob"), refused, take(&eve, "eve")];
    let imported = imported.map(|commit| Imported::new(commit, late));
    let error = store.import(imported.to_vec()).await.unwrap_err();
    assert!(is_taken(&error.source), "{error:?}");
    assert_eq!((error.commit_id, error.stored.len()), (id, 1));
    assert_eq!(store.head().await.unwrap(), error.stored[0].horizon());
    expected.insert("bob".to_owned(), (bob.root_id(), 1));
    assert_eq!(owners(&store).await, expected);
}

/// Its appends would bypass the rule, so that they are refused. A commit that is stored already is
/// answered with its receipt.
pub(super) async fn a_handle_without_the_rule_appends_nothing(bed: Bed) {
    let ruled = bed.open().await;
    let stream = account();
    let stored = take(&stream, "ann");
    ruled.append(stored.clone()).await.unwrap();
    let bare = bed.open_without().await;
    let refused = bare.append(take(&account(), "bob")).await;
    assert!(
        matches!(refused, Err(AppendError::RuleMismatch { .. })),
        "{refused:?}"
    );
    assert_eq!(bare.head().await.unwrap(), ruled.head().await.unwrap());
    assert!(bare.append(stored).await.unwrap().repeated);
    ruled.append(take(&account(), "bob")).await.unwrap();
    assert_eq!(owners(&ruled).await.len(), 2);
}
