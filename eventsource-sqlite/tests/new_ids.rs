//! Commits that say that their ids are new.

mod support;

use eventsource_core::store::NewEvent;
use eventsource_core::{AppendError, Codec, EventLog, StreamStore};
use support::{cart, commit, open};

/// The promise does not hold, and nothing that is expected fails: the file's own rule is left.
#[tokio::test]
async fn an_id_that_is_not_new_is_not_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let stream = cart();
    let old = commit(&stream).may_repeat(false);
    let first = store.append(old.clone()).await.unwrap();
    // Beside neighbours, which are stored all the same.
    let neighbours = [commit(&stream).may_repeat(false), commit(&cart())];
    let [one, other] = neighbours.map(|commit| store.append(commit));
    let (one, again, other) = tokio::join!(one, store.append(old.clone()), other);
    assert_eq!(again.unwrap(), first.into_repeated());
    assert!(!one.unwrap().repeated && !other.unwrap().repeated);
    let mut reused = old;
    reused.events = vec![NewEvent::new(
        stream,
        "other",
        1,
        Codec::Json,
        b"1".to_vec(),
    )];
    let answer = store.append(reused).await;
    assert!(
        matches!(answer, Err(AppendError::CommitIdReused { .. })),
        "{answer:?}"
    );
    assert_eq!(store.head().await.unwrap().position().offset().get(), 3);
}
