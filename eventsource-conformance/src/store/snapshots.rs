//! Snapshots, of stores that keep them.

use eventsource_core::store::{Expect, Fingerprint, Snapshot, StoreErrorKind};
use eventsource_core::{Revision, StreamId};

use super::Store;
use super::support::{append, cart, commit, events, read_stream};

/// For each stream and fingerprint the newest snapshot is kept, byte for byte; or none at all, by a
/// store that says so.
pub(super) async fn the_newest_snapshot_is_kept(store: Store) {
    let (stream, other) = (cart(), cart());
    let early = append(&store, &stream, 3).await.revision();
    let late = append(&store, &stream, 3).await.revision();
    append(&store, &other, 1).await;
    let [mine, theirs] = [[1; 32], [2; 32]].map(Fingerprint::from_bytes);

    if let Err(error) = save(&store, &stream, mine, early, b"early").await {
        assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error}");
        return;
    }
    save(&store, &stream, mine, late, b"late \0\xff")
        .await
        .unwrap();
    save(&store, &stream, mine, early, b"early again")
        .await
        .unwrap();
    save(&store, &stream, theirs, early, b"theirs")
        .await
        .unwrap();
    assert_eq!(
        kept(&store, &stream, mine).await,
        Some((late, b"late \0\xff".to_vec()))
    );
    assert_eq!(
        kept(&store, &stream, theirs).await,
        Some((early, b"theirs".to_vec()))
    );
    assert_eq!(kept(&store, &other, mine).await, None);
    assert_eq!(kept(&store, &cart(), mine).await, None);
}

/// A stream of which only a snapshot is kept has no events, and is not listed.
pub(super) async fn a_snapshot_is_no_event(store: Store) {
    let (stream, other) = (cart(), cart());
    let revision = append(&store, &other, 1).await.revision();
    let fingerprint = Fingerprint::from_bytes([1; 32]);
    // It may be refused, since nothing can have been folded.
    let _ = save(&store, &stream, fingerprint, revision, b"state").await;
    assert_eq!(read_stream(&store, &stream, 10).await, []);
    let listed = store.root_ids("", "cart", None, 10).await.unwrap();
    assert_eq!(listed, [other.root_id()]);
    let head = store.head().await.unwrap();
    assert_eq!(head, revision.position());
    let new = commit(events(&stream, 1)).expect(Expect::NoStream(stream));
    assert_eq!(store.append(new).await.unwrap().revision().version(), 1);
}

async fn save(
    store: &Store,
    stream: &StreamId,
    fingerprint: Fingerprint,
    revision: Revision,
    state: &[u8],
) -> Result<(), eventsource_core::store::StoreError> {
    store
        .save_snapshot(Snapshot::new(
            stream.clone(),
            fingerprint,
            revision,
            state.to_vec(),
        ))
        .await
}

async fn kept(
    store: &Store,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Option<(Revision, Vec<u8>)> {
    let kept = store.snapshot(stream.clone(), fingerprint).await.unwrap()?;
    assert_eq!((&kept.stream, kept.fingerprint), (stream, fingerprint));
    Some((kept.revision, kept.state.to_vec()))
}
