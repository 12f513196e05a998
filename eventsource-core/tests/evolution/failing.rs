//! Steps that refuse what is stored.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use eventsource_core::codec::DecodeError;
use eventsource_core::read_model::RunState;
use eventsource_core::runner::Pipeline;
use eventsource_core::store::ReadLog;
use eventsource_core::{
    AsOf, Delivery, ErrorClass, EventLog, ExecuteError, Horizon, Id, LoadError, LocalBus,
    MemoryReadModels, MemoryStore, Position, Query, React, Reactor, ReadModel, Recorded,
    Repository, Runner, Subscription, SubscriptionError,
};

use crate::interfering_store::InterferingStore;
use crate::order::{ItemAdded, Order, OrderEvent, list, listed, orders, stream};
use crate::projecting::Demand;
use crate::stored::commit;
use crate::with_causes::with_causes;

/// The first and the last part can be read, and the one between them cannot.
const BROKEN: &str = "tea 2,coffee many,salt 1";

const CAUSE: &str = "event `order.items-added`, stored in version 1, cannot be read as version 3: \
     the quantity is no number; correct the `TryFrom` of that step, so that it accepts the stored event";

async fn broken(store: &MemoryStore) -> Id<Order> {
    listed(store, &["milk 1", BROKEN, "oil 1"]).await
}

#[tokio::test]
async fn an_aggregate_says_which_event_of_which_stream_no_step_takes() {
    let store = MemoryStore::new();
    let (orders, order) = (orders(&store), broken(&store).await);
    let error = orders.load(order).await.unwrap_err();
    assert_eq!(
        with_causes(&error),
        format!(
            "the event at version 2 of stream {}, position 2, cannot be read: {CAUSE}",
            stream(order)
        )
    );
    assert_eq!(error.class(), ErrorClass::Permanent);
    let LoadError::Decode { source, .. } = error else {
        panic!("{error}")
    };
    let expected = DecodeError::Upcast {
        name: "order.items-added".to_owned(),
        stored: 1,
        version: 3,
        message: "the quantity is no number".to_owned(),
    };
    assert_eq!(source, expected);
}

#[tokio::test]
async fn nothing_is_decided_on_a_history_that_cannot_be_read() {
    let store = MemoryStore::new();
    let (orders, order) = (orders(&store), broken(&store).await);
    for orders in [orders.clone(), orders.clone().cached(10)] {
        let refused = orders.execute(order, Order::add).await;
        assert!(matches!(refused, Err(ExecuteError::Load(_))), "{refused:?}");
    }
    assert!(orders.history(order).await.is_err());
    assert!(orders.load_at(order, AsOf::Version(2)).await.is_err());
    let before = orders.load_at(order, AsOf::Version(1)).await.unwrap();
    assert_eq!(before.pieces, ["milk"]);
    assert_eq!(store.head().await.unwrap().position(), Position::new(3));
}

/// A conflict brings the events that the decision missed.
#[tokio::test]
async fn nothing_is_decided_again_after_an_event_that_cannot_be_read() {
    let store = MemoryStore::new();
    let order = listed(&store, &["milk 1"]).await;
    let missed = commit(vec![list(&stream(order), BROKEN)]);
    let interfering = InterferingStore::new(&store).before_append([missed]);
    let mut pieces = Vec::new();
    let refused = Repository::<Order>::new(interfering).execute(order, |order| {
        pieces.push(order.pieces.len());
        order.add()
    });
    let refused = refused.await;
    assert!(matches!(refused, Err(ExecuteError::Load(_))), "{refused:?}");
    assert_eq!(pieces, [1]);
}

#[tokio::test]
async fn no_part_is_handed_over_where_one_of_them_fails() {
    let store = MemoryStore::new();
    broken(&store).await;
    let page = store
        .read(ReadLog::new(Query::all()).limit(10))
        .await
        .unwrap();
    let mut parts = Vec::new();
    let read: Vec<_> = page
        .events()
        .map(|event| Recorded::<OrderEvent>::decode(&event, &mut |part| parts.push(part)).is_ok())
        .collect();
    assert_eq!(read, [true, false, true]);
    let skus = parts.iter().map(|part| match &part.event {
        OrderEvent::ItemAdded(ItemAdded { sku }) => sku.as_str(),
        OrderEvent::Placed(_) => "",
    });
    assert_eq!(skus.collect::<Vec<_>>(), ["milk", "oil"]);
}

#[tokio::test]
async fn a_subscription_ends_before_the_event_and_says_where_it_stands() {
    let store = MemoryStore::new();
    let order = broken(&store).await;
    let mut events = Subscription::<ItemAdded>::after(LocalBus::new(store), Horizon::START);
    assert_eq!(events.next().await.unwrap().unwrap().event.sku, "milk");
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(
        with_causes(&error),
        format!(
            "event `order.items-added` at position 2 ({}, version 2) cannot be read: {CAUSE}",
            stream(order)
        )
    );
    assert!(matches!(error, SubscriptionError::Undecodable(_)));
    assert_eq!(events.horizon().position(), Position::new(1));
    assert!(events.next().await.is_none());
}

/// The same events as a mended program reads them: what is no number is one.
mod mended {
    use std::convert::Infallible;

    use eventsource_core::{
        Aggregate, Apply, Delivery, Project, Projection, React, Reactor, Recorded, event,
    };
    use serde::{Deserialize, Serialize};

    use super::{Demand, Products};
    use crate::order::ItemAddedV2;

    #[event(
        name = "order.item-added",
        version = 3,
        from = ItemAddedV2,
        alias = "order.items-added"
    )]
    pub(super) struct ItemAddedV3 {
        sku: String,
        quantity: u8,
    }

    #[event(
        name = "order.item-added",
        version = 4,
        from = ItemAddedV3,
        split,
        alias = "order.items-added"
    )]
    pub(super) struct ItemAdded {
        sku: String,
    }

    impl From<ItemAddedV2> for ItemAddedV3 {
        fn from(ItemAddedV2 { sku, quantity }: ItemAddedV2) -> Self {
            let quantity = quantity.parse().unwrap_or(1);
            Self { sku, quantity }
        }
    }

    impl From<ItemAddedV3> for Vec<ItemAdded> {
        fn from(ItemAddedV3 { sku, quantity }: ItemAddedV3) -> Self {
            vec![ItemAdded { sku }; quantity.into()]
        }
    }

    #[derive(Aggregate, Default)]
    #[aggregate(events(ItemAdded), category = "order")]
    pub(super) struct Order {
        pub(super) pieces: Vec<String>,
    }

    impl Apply<ItemAdded> for Order {
        fn apply(&mut self, event: ItemAdded) {
            self.pieces.push(event.sku);
        }
    }

    #[derive(Projection, Default, Serialize, Deserialize)]
    #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
    pub(super) struct MendedDemand(Demand);

    impl Project<ItemAdded> for MendedDemand {
        fn project(&mut self, recorded: &Recorded<ItemAdded>) {
            self.0.count(recorded);
        }
    }

    #[derive(Reactor)]
    #[reactor(name = "teller", events(ItemAdded))]
    pub(super) struct MendedTeller(pub(super) Products);

    impl React<ItemAdded> for MendedTeller {
        type Error = Infallible;

        async fn react(
            &self,
            recorded: &Recorded<ItemAdded>,
            _: &Delivery,
        ) -> Result<(), Infallible> {
            self.0.lock().unwrap().push(recorded.event.sku.clone());
            Ok(())
        }
    }
}

#[tokio::test]
async fn a_mended_program_reads_what_is_stored() {
    let store = MemoryStore::new();
    let order = broken(&store).await;
    let orders = Repository::<mended::Order>::new(store);
    let loaded = orders.load(Id::from_uuid(order.uuid())).await.unwrap();
    assert_eq!(
        loaded.pieces,
        ["milk", "tea", "tea", "coffee", "salt", "oil"]
    );
}

#[tokio::test]
async fn a_projection_stops_before_the_event_and_goes_on_under_a_mended_program() {
    for page in [1, 100] {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        let order = broken(&store).await;
        let runner = || Runner::new(store.clone(), models.clone()).in_pages_of(page);
        let stopped = runner().project::<Demand>().catch_up().await.unwrap_err();
        let message = format!(
            "event `order.items-added` at position 2 ({}, version 2) cannot be read: {CAUSE}",
            stream(order)
        );
        assert_eq!(with_causes(&stopped), message);

        let demand = ReadModel::<Demand>::new(store.clone(), models.clone());
        let progress = demand.progress().await.unwrap().unwrap();
        assert_eq!(progress.state, RunState::Stopped(message));
        assert!(progress.checkpoint.at.position().offset().get() < 2);

        let mended = runner().project::<mended::MendedDemand>();
        mended.catch_up().await.unwrap();
        let rows = demand.page(None, 10).await.unwrap();
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(key, row)| (key.text(0).unwrap_or_default().into_owned(), row.pieces))
            .collect();
        let expected = [
            ("coffee", 1),
            ("milk", 1),
            ("oil", 1),
            ("salt", 1),
            ("tea", 2),
        ];
        assert_eq!(rows, expected.map(|(sku, pieces)| (sku.to_owned(), pieces)));
    }
}

type Products = Arc<Mutex<Vec<String>>>;

#[derive(Reactor)]
#[reactor(name = "teller", events(ItemAdded))]
struct Teller(Products);

impl React<ItemAdded> for Teller {
    type Error = Infallible;

    async fn react(&self, recorded: &Recorded<ItemAdded>, _: &Delivery) -> Result<(), Infallible> {
        self.0.lock().unwrap().push(recorded.event.sku.clone());
        Ok(())
    }
}

#[tokio::test]
async fn a_reactor_stops_before_the_event_and_goes_on_under_a_mended_program() {
    let (store, models, products) = (
        MemoryStore::new(),
        MemoryReadModels::new(),
        Products::default(),
    );
    broken(&store).await;
    let runner = || Runner::new(store.clone(), models.clone()).in_pages_of(1);
    let teller = Pipeline::reactor(Teller(Arc::clone(&products))).from_start();
    let stopped = runner().run(teller).catch_up().await.unwrap_err();
    assert!(with_causes(&stopped).ends_with(CAUSE), "{stopped}");
    assert_eq!(*products.lock().unwrap(), ["milk"]);

    let mended = mended::MendedTeller(Arc::clone(&products));
    runner().react(mended).catch_up().await.unwrap();
    let all = ["milk", "tea", "tea", "coffee", "salt", "oil"];
    assert_eq!(*products.lock().unwrap(), all);
}
