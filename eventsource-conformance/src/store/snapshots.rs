//! Snapshots, of stores that keep them.

use eventsource_core::store::{Fingerprint, Snapshot, StoreErrorKind};
use eventsource_core::{Revision, StreamId};

use super::Store;
use super::support::{append, cart};

/// For each stream and fingerprint the newest snapshot is kept, byte for byte; or none at all, by a
/// store that says so.
pub async fn the_newest_snapshot_is_kept(store: Store) {
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

async fn save(
    store: &Store,
    stream: &StreamId,
    fingerprint: Fingerprint,
    revision: Revision,
    state: &[u8],
) -> Result<(), eventsource_core::store::StoreError> {
    store
        .snapshots()
        .unwrap()
        .keep(Snapshot::new(
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
    let kept = store
        .snapshots()
        .unwrap()
        .newest(stream.clone(), fingerprint)
        .await
        .unwrap()?;
    assert_eq!((&kept.stream, kept.fingerprint), (stream, fingerprint));
    Some((kept.revision, kept.state.to_vec()))
}
