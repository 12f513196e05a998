//! Snapshots of the one program beside those of the other.

use std::time::Duration;

use eventsource_core::store::{Fingerprint, Snapshot};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Aggregate, Id, Loaded, StreamId, StreamStore};
use eventsource_sqlite::SqliteStore;

use crate::programs::{Both, new, old, same};

async fn kept<A: Aggregate>(store: &SqliteStore, id: Uuid) -> Option<Snapshot> {
    let fingerprint = Fingerprint::of(&A::SNAPSHOTS.unwrap()).unwrap();
    let cart = StreamId::new("cart", id);
    store
        .snapshots()
        .unwrap()
        .newest(cart, fingerprint)
        .await
        .unwrap()
}

/// The snapshot at this version, once it is kept, which happens behind the caller's back.
async fn kept_at<A: Aggregate>(store: &SqliteStore, id: Uuid, version: u64) -> Snapshot {
    for _ in 0..10_000 {
        match kept::<A>(store, id).await {
            Some(kept) if kept.revision.version() == version => return kept,
            _ => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    panic!("no snapshot at version {version} is kept")
}

/// Every fifth event is one after which a snapshot is due, and they take turns with those, too.
#[tokio::test]
async fn each_program_keeps_its_own_snapshot_of_a_cart_that_both_can_read() {
    let both = Both::open().await;
    let id = Id::new();
    for version in 1..=41_u64 {
        if version % 2 == 1 {
            both.old_carts().execute(id, old::Cart::note).await.unwrap();
        } else {
            both.new_carts()
                .execute(same(id), new::Cart::note)
                .await
                .unwrap();
        }
        let (of_old, of_new) = ((version + 5) / 10 * 10, version / 10 * 10);
        if of_old > 0 {
            kept_at::<old::Cart>(&both.new, id.uuid(), of_old - 5).await;
        }
        if of_new > 0 {
            kept_at::<new::Cart>(&both.old, id.uuid(), of_new).await;
        }
    }
    // What nobody could fold shows whose snapshot was used.
    let snapshots = [
        (100, kept_at::<old::Cart>(&both.old, id.uuid(), 35).await),
        (200, kept_at::<new::Cart>(&both.old, id.uuid(), 40).await),
    ];
    let revision = Loaded::revision(&both.old_carts().load(id).await.unwrap());
    for (mark, snapshot) in snapshots {
        let state = format!(r#"{{"items":0,"notes":{mark}}}"#).into_bytes();
        let marked = Snapshot::new(snapshot.stream, snapshot.fingerprint, revision, state);
        both.old.snapshots().unwrap().keep(marked).await.unwrap();
    }
    assert_eq!(both.old_carts().load(id).await.unwrap().notes, 100);
    assert_eq!(both.new_carts().load(same(id)).await.unwrap().notes, 200);
}
