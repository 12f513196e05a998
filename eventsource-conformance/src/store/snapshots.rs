//! Snapshots, of stores that keep them.

use eventsource_core::store::{Expect, Fingerprint, Snapshot, SnapshotStore, StoreError};
use eventsource_core::{Revision, StreamId};

use super::bed::Handle;
use super::support::{append, cart, commit, events, read_stream};

/// For each stream and fingerprint the newest snapshot is kept, byte for byte.
pub(super) async fn the_newest_snapshot_is_kept(store: Handle) {
    let Some(snapshots) = store.keeps_snapshots() else {
        return;
    };
    let (stream, other) = (cart(), cart());
    let early = append(&store, &stream, 3).await.revision();
    let late = append(&store, &stream, 3).await.revision();
    append(&store, &other, 1).await;
    let [mine, theirs] = [[1; 32], [2; 32]].map(Fingerprint::from_bytes);

    for (fingerprint, revision, state) in [
        (mine, early, &b"early"[..]),
        (mine, late, b"late \0\xff"),
        (mine, early, b"early again"),
        (theirs, early, b"theirs"),
    ] {
        let kept = keep(snapshots, &stream, fingerprint, revision, state).await;
        kept.unwrap();
    }
    let newest =
        async |stream: &StreamId, fingerprint| newest(snapshots, stream, fingerprint).await;
    let late = (late, b"late \0\xff".to_vec());
    assert_eq!(newest(&stream, mine).await, Some(late));
    let of_theirs = (early, b"theirs".to_vec());
    assert_eq!(newest(&stream, theirs).await, Some(of_theirs));
    assert_eq!(newest(&other, mine).await, None);
    assert_eq!(newest(&cart(), mine).await, None);
}

/// A stream of which only a snapshot is kept has no events, and is not listed.
pub(super) async fn a_snapshot_is_no_event(store: Handle) {
    let Some(snapshots) = store.keeps_snapshots() else {
        return;
    };
    let (stream, other) = (cart(), cart());
    let revision = append(&store, &other, 1).await.revision();
    let fingerprint = Fingerprint::from_bytes([1; 32]);
    // It may be refused, since nothing can have been folded.
    let _ = keep(snapshots, &stream, fingerprint, revision, b"state").await;
    assert_eq!(read_stream(&store, &stream, 10).await, []);
    let listed = store.root_ids("", "cart", None, 10).await.unwrap();
    assert_eq!(listed, [other.root_id()]);
    let head = store.head().await.unwrap();
    assert_eq!(head.position(), revision.position());
    let new = commit(events(&stream, 1)).expect(Expect::NoStream(stream));
    assert_eq!(store.append(new).await.unwrap().revision().version(), 1);
}

async fn keep(
    snapshots: &dyn SnapshotStore,
    stream: &StreamId,
    fingerprint: Fingerprint,
    revision: Revision,
    state: &[u8],
) -> Result<(), StoreError> {
    let state = state.to_vec();
    let snapshot = Snapshot::new(stream.clone(), fingerprint, revision, state);
    snapshots.keep(snapshot).await
}

async fn newest(
    snapshots: &dyn SnapshotStore,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Option<(Revision, Vec<u8>)> {
    let newest = snapshots.newest(stream.clone(), fingerprint).await;
    let newest = newest.unwrap()?;
    assert_eq!((&newest.stream, newest.fingerprint), (stream, fingerprint));
    Some((newest.revision, newest.state.to_vec()))
}
