//! Reads the contents of a store.

use std::collections::BTreeSet;

use eventsource_core::store::{ReadLog, ReadStream, StoredEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{EventStore, Horizon, Query, StreamId};

/// Calls `look` with every event, in order.
///
/// # Panics
///
/// When the store cannot be read.
pub async fn each_event(store: &dyn EventStore, mut look: impl FnMut(StoredEvent<'_>)) {
    let mut after = Horizon::START;
    loop {
        let page = store.read(ReadLog::new(Query::all()).after(after)).await;
        let page = page.expect("the store can be read");
        page.events().for_each(&mut look);
        if page.is_complete() {
            return;
        }
        after = page.through();
    }
}

/// The ids of all commits.
///
/// # Panics
///
/// When the store cannot be read, or has one of them twice.
pub async fn commit_ids(store: &dyn EventStore) -> BTreeSet<Uuid> {
    let (mut ids, mut last) = (BTreeSet::new(), None);
    each_event(store, |event| {
        let commit = event.commit;
        if last.replace(commit.first) != Some(commit.first) {
            assert!(
                ids.insert(commit.id),
                "commit {} is stored twice",
                commit.id
            );
        }
    })
    .await;
    ids
}

/// Counts the events of a stream, up to 1,000.
///
/// # Panics
///
/// When the store cannot be read.
pub async fn length(store: &dyn EventStore, stream: &StreamId) -> usize {
    let page = store
        .read_stream(ReadStream::forward(stream.clone(), 0))
        .await;
    page.expect("the store can be read").len()
}
