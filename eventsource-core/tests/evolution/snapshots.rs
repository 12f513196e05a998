//! Snapshots of before an event became another one, and of after.

use std::time::Duration;

use eventsource_core::store::{Fingerprint, Snapshot};
use eventsource_core::{Aggregate, Apply, Id, Loaded, MemoryStore, Repository, StreamStore, event};
use serde::{Deserialize, Serialize};

use crate::order::{ItemsAddedV1, Order, list, listed, orders, stream};
use crate::stored::{append, json};

/// The order as the program knew it that stored lists.
#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(
    events(ItemsAddedV1),
    category = "order",
    snapshot(every = 3, version = 1)
)]
struct OldOrder {
    pieces: Vec<String>,
    is_placed: bool,
}

impl Apply<ItemsAddedV1> for OldOrder {
    fn apply(&mut self, event: ItemsAddedV1) {
        self.pieces.push(event.list);
    }
}

fn fingerprint<A: Aggregate>() -> Fingerprint {
    Fingerprint::of(&A::SNAPSHOTS.unwrap()).unwrap()
}

/// The snapshot, once it is kept, which happens behind the caller's back.
async fn kept<A: Aggregate>(store: &MemoryStore, order: Id<Order>) -> Snapshot {
    for _ in 0..10_000 {
        let kept = store
            .snapshots()
            .unwrap()
            .newest(stream(order), fingerprint::<A>())
            .await;
        if let Some(kept) = kept.unwrap() {
            return kept;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("no snapshot is kept");
}

#[tokio::test]
async fn a_snapshot_of_before_a_split_is_not_used_after_it() {
    let store = MemoryStore::new();
    let (old, id) = (Repository::<OldOrder>::new(store.clone()), Id::new());
    for _ in 0..3 {
        let list = "tea 2,coffee 1".to_owned();
        let added = || Ok::<_, ()>(ItemsAddedV1 { list: list.clone() });
        old.execute(id, |_| added()).await.unwrap();
    }
    let order = Id::from_uuid(id.uuid());
    let snapshot = kept::<OldOrder>(&store, order).await;
    assert_eq!(snapshot.revision.version(), 3);
    // Its state is of the same shape, so only the events tell them apart.
    let state: Order = serde_json::from_slice(&snapshot.state).unwrap();
    assert_eq!(state.pieces.len(), 3);
    assert_ne!(fingerprint::<OldOrder>(), fingerprint::<Order>());
    assert_eq!(orders(&store).load(order).await.unwrap().pieces.len(), 9);
}

#[tokio::test]
async fn a_snapshot_stands_behind_all_parts_of_its_last_event() {
    let store = MemoryStore::new();
    let (orders, order) = (orders(&store), listed(&store, &["tea 2", "coffee 2"]).await);
    orders.execute(order, Order::add).await.unwrap();
    let mut snapshot = kept::<Order>(&store, order).await;
    assert_eq!(snapshot.revision.version(), 3);
    let state: Order = serde_json::from_slice(&snapshot.state).unwrap();
    assert_eq!(state.pieces.len(), 5);

    // What only a snapshot can know shows that it is used; what comes after it is folded in parts.
    let marked = br#"{"pieces":["marked"],"is_placed":false}"#.to_vec();
    append(&store, vec![list(&stream(order), "oil 2")]).await;
    snapshot = Snapshot::new(
        stream(order),
        snapshot.fingerprint,
        Loaded::revision(&orders.load(order).await.unwrap()),
        marked,
    );
    store.snapshots().unwrap().keep(snapshot).await.unwrap();
    append(&store, vec![list(&stream(order), "salt 1,oil 1")]).await;
    append(&store, vec![list(&stream(order), "")]).await;
    let loaded = orders.load(order).await.unwrap();
    assert_eq!(loaded.pieces, ["marked", "salt", "oil"]);
    assert_eq!(Loaded::revision(&loaded).version(), 6);
    assert_eq!(
        orders
            .execute(order, Order::add)
            .await
            .unwrap()
            .revision()
            .version(),
        7
    );
}

/// A lamp whose event of before is ignored.
mod ignoring {
    use super::{Aggregate, Apply, Deserialize, Serialize, event};

    #[event(name = "lamp.on")]
    struct On;

    #[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
    #[aggregate(
        events(On),
        category = "lamp",
        ignores("lamp.lit"),
        snapshot(every = 1, version = 1)
    )]
    pub(super) struct Lamp {
        times: u32,
    }

    impl Apply<On> for Lamp {
        fn apply(&mut self, On: On) {
            self.times += 1;
        }
    }
}

/// A lamp whose event of before counts.
mod reading {
    use super::{Aggregate, Apply, Deserialize, Serialize, event};

    #[event(name = "lamp.on", alias = "lamp.lit")]
    struct On;

    #[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
    #[aggregate(events(On), category = "lamp", snapshot(every = 1, version = 1))]
    pub(super) struct Lamp {
        pub(super) times: u32,
    }

    impl Apply<On> for Lamp {
        fn apply(&mut self, On: On) {
            self.times += 1;
        }
    }
}

#[tokio::test]
async fn what_was_ignored_and_is_an_event_again_is_missing_in_no_snapshot() {
    let store = MemoryStore::new();
    let (ignoring, id) = (Repository::<ignoring::Lamp>::new(store.clone()), Id::new());
    let lamp = ignoring.stream(id);
    let lit = json(&lamp, "lamp.lit", 1, "null");
    append(&store, vec![lit, json(&lamp, "lamp.on", 1, "null")]).await;
    let (fingerprint, revision) = (
        fingerprint::<ignoring::Lamp>(),
        Loaded::revision(&ignoring.load(id).await.unwrap()),
    );
    let snapshot = Snapshot::new(lamp, fingerprint, revision, br#"{"times":1}"#.to_vec());
    store.snapshots().unwrap().keep(snapshot).await.unwrap();
    let reading = Repository::<reading::Lamp>::new(store);
    let lamp = reading.load(Id::from_uuid(id.uuid())).await.unwrap();
    assert_eq!(lamp.times, 2);
}
