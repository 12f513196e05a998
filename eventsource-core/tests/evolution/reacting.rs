//! Reactors to events that became several.

use std::sync::{Arc, Mutex};

use eventsource_core::runner::Pipeline;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Delivery, MemoryReadModels, MemoryStore, React, Reactor, Recorded, Runner};

use crate::order::{ItemAdded, ItemsAddedV1, list, listed, stream};
use crate::stored::append;

/// Product, part, and the delivery.
type Deliveries = Arc<Mutex<Vec<(String, u32, Delivery)>>>;

/// Records each delivery, and fails for rare products until `may_tell` is set.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "teller", events(ItemAdded))]
struct Teller {
    deliveries: Deliveries,
    may_tell: Arc<Mutex<bool>>,
}

impl React<ItemAdded> for Teller {
    type Error = &'static str;

    async fn react(
        &self,
        recorded: &Recorded<ItemAdded>,
        delivery: &Delivery,
    ) -> Result<(), &'static str> {
        let delivered = (
            recorded.event.sku.clone(),
            recorded.part(),
            delivery.clone(),
        );
        self.deliveries.lock().unwrap().push(delivered);
        let is_rare = recorded.event.sku == "rare" && !*self.may_tell.lock().unwrap();
        if is_rare {
            Err("it is a secret")
        } else {
            Ok(())
        }
    }
}

impl Teller {
    fn take(&self) -> Vec<(String, u32, Delivery)> {
        std::mem::take(&mut self.deliveries.lock().unwrap())
    }
}

/// The same reactor in the program that stored lists.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "teller", events(ItemsAddedV1))]
struct OldTeller(Arc<Mutex<Vec<Uuid>>>);

impl React<ItemsAddedV1> for OldTeller {
    type Error = std::convert::Infallible;

    async fn react(
        &self,
        _: &Recorded<ItemsAddedV1>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        self.0.lock().unwrap().push(delivery.id);
        Ok(())
    }
}

async fn from_start<R: Reactor + Clone>(store: &MemoryStore, models: &MemoryReadModels, it: &R) {
    let runner = Runner::new(store.clone(), models.clone());
    let runner = runner.run(Pipeline::reactor(it.clone()).from_start());
    runner.catch_up().await.unwrap();
}

#[tokio::test]
async fn each_part_is_delivered_under_an_id_of_its_own_which_stays() {
    let store = MemoryStore::new();
    listed(&store, &["tea 2,coffee 1", "", "tea 1"]).await;
    let teller = Teller::default();
    from_start(&store, &MemoryReadModels::new(), &teller).await;
    let deliveries = teller.take();
    let parts: Vec<_> = deliveries.iter().map(|it| (it.0.as_str(), it.1)).collect();
    assert_eq!(parts, [("tea", 0), ("tea", 1), ("coffee", 2), ("tea", 0)]);
    let mut ids: Vec<_> = deliveries
        .iter()
        .flat_map(|(_, _, it)| [it.id, it.commit_id(0), it.commit_id(1)])
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        ids.len(),
        12,
        "what each part commands is a commit of its own"
    );

    from_start(&store, &MemoryReadModels::new(), &teller).await;
    assert_eq!(teller.take(), deliveries);
}

/// A receiver that deduplicates by the id recognizes the first part, if the older program was interrupted.
#[tokio::test]
async fn the_first_part_has_the_id_that_the_whole_event_had() {
    let store = MemoryStore::new();
    listed(&store, &["tea 2", "coffee 1"]).await;
    let (old, teller) = (OldTeller::default(), Teller::default());
    from_start(&store, &MemoryReadModels::new(), &old).await;
    from_start(&store, &MemoryReadModels::new(), &teller).await;
    let first = teller.take().into_iter().filter(|(_, part, _)| *part == 0);
    let first: Vec<_> = first.map(|(_, _, delivery)| delivery.id).collect();
    assert_eq!(first, *old.0.lock().unwrap());
}

#[tokio::test]
async fn what_was_delivered_as_a_whole_is_not_delivered_again_in_parts() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let order = listed(&store, &["tea 2"]).await;
    from_start(&store, &models, &OldTeller::default()).await;
    append(&store, vec![list(&stream(order), "coffee 2")]).await;
    let teller = Teller::default();
    from_start(&store, &models, &teller).await;
    let products: Vec<_> = teller.take().into_iter().map(|it| it.0).collect();
    assert_eq!(products, ["coffee", "coffee"]);
}

#[tokio::test]
async fn all_parts_wait_for_one_that_fails_and_are_delivered_again_under_their_ids() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let order = listed(&store, &["tea 1,rare 1,oil 1"]).await;
    append(&store, vec![list(&stream(order), "salt 1")]).await;
    listed(&store, &["milk 1"]).await;
    let teller = Teller::default();
    from_start(&store, &models, &teller).await;
    let first = teller.take();
    let products: Vec<_> = first.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(products, ["tea", "rare", "milk"]);

    *teller.may_tell.lock().unwrap() = true;
    from_start(&store, &models, &teller).await;
    let again = teller.take();
    let products: Vec<_> = again.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(products, ["tea", "rare", "oil", "salt"]);
    for (one, two) in first.iter().zip(&again).take(2) {
        assert_eq!((one.2.id, one.2.attempt), (two.2.id, 1));
        assert_eq!(two.2.attempt, 2);
    }
}
