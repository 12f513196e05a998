//! Following the head.

use std::time::Duration;

use eventsource_core::Position;
use eventsource_core::store::Expect;

use super::Store;
use super::support::{append, cart, commit, event};

/// A new watch sees the appends that were made here before.
pub(super) async fn a_watch_begins_at_the_head_that_is_known_here(store: Store) {
    assert_eq!(store.watch().head(), Position::START);
    let stream = cart();
    for _ in 0..5 {
        let last = append(&store, &stream, 1).await.last;
        assert_eq!(store.watch().head(), last);
    }
}

/// An append wakes a watcher of the head; a refused one does not.
pub(super) async fn the_head_can_be_watched(store: Store) {
    let stream = cart();
    append(&store, &stream, 1).await;
    let mut head = store.watch();
    // Until the watch has caught up.
    while let Ok(Some(_)) = tokio::time::timeout(Duration::from_millis(50), head.changed()).await {}

    let refused = commit(vec![event(&stream, "no")]).expect(Expect::NoStream(stream.clone()));
    store.append(refused).await.unwrap_err();
    let woken = tokio::time::timeout(Duration::from_millis(100), head.changed()).await;
    assert!(woken.is_err(), "nothing was stored");

    for _ in 0..10 {
        let last = append(&store, &stream, 2).await.last;
        let follow = head.wait_for(last);
        let seen = tokio::time::timeout(Duration::from_secs(5), follow).await;
        let seen = seen.expect("it is woken").expect("the store is there");
        assert_eq!(seen, last);
    }
}
