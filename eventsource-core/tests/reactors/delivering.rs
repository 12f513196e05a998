use std::sync::{Arc, Mutex};

use eventsource_core::runner::{Pipeline, ProjectionError};
use eventsource_core::store::{Commit, NewEvent, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, Delivery, Id, MemoryReadModels, React, Reactor, Recorded, Repository, StreamId,
    StreamStore, event,
};

use crate::flaky::Flaky;
use crate::shop::{DeliveredEvent, Order, OrderEvent, Shop, Teller};

const PLACED: fn(u32) -> OrderEvent = |number| OrderEvent::Placed { number };

#[tokio::test]
async fn events_are_delivered_in_order_and_only_those_that_are_listed() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let runner = shop.runner().react(teller.clone());
    runner.catch_up().await.unwrap();
    let (ann, bob) = (Id::<Order>::new(), Id::new());
    for number in 0..20 {
        let (order, paid) = (if number % 2 == 0 { ann } else { bob }, 100 + number);
        let events = [
            PLACED(number),
            OrderEvent::Noted,
            OrderEvent::Paid { number: paid },
        ];
        shop.happened(order, &events).await;
    }
    runner.catch_up().await.unwrap();
    let expected: Vec<u32> = (0..20).flat_map(|number| [number, 100 + number]).collect();
    assert_eq!(teller.numbers(), expected);
    assert!(
        teller
            .deliveries()
            .iter()
            .all(|it| it.delivery.attempt == 1)
    );
}

#[tokio::test]
async fn a_delivery_has_an_id_that_is_no_others() {
    let (shop, teller) = (Shop::default(), Teller::default());
    for number in 0..10 {
        let events = [PLACED(number), PLACED(number)];
        shop.happened(Id::new(), &events).await;
    }
    let delivery_ids = |teller: &Teller| -> Vec<Uuid> {
        teller
            .deliveries()
            .iter()
            .map(|it| it.delivery.id)
            .collect()
    };
    let from_start = |teller: &Teller| Pipeline::reactor(teller.clone()).from_start();
    shop.runner()
        .run(from_start(&teller))
        .catch_up()
        .await
        .unwrap();
    let mut ids = delivery_ids(&teller);

    // The same reactor, whose places were lost:
    let again = Teller::default();
    let elsewhere = Shop {
        models: MemoryReadModels::new(),
        ..shop
    };
    elsewhere
        .runner()
        .run(from_start(&again))
        .catch_up()
        .await
        .unwrap();
    assert_eq!(delivery_ids(&again), ids);

    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

/// At most the events of one commit are repeated, each under its id.
#[tokio::test]
async fn what_was_not_written_down_is_delivered_again_under_the_same_id() {
    for every in 2..6 {
        let (shop, teller) = (Shop::default(), Teller::default());
        shop.runner()
            .react(teller.clone())
            .catch_up()
            .await
            .unwrap();
        for number in 0..30 {
            shop.happened(Id::new(), &[PLACED(number), PLACED(number)])
                .await;
        }
        let flaky = Flaky::new(shop.models.clone(), StoreErrorKind::Unavailable, every);
        let runner = shop.runner_on(flaky).react(teller.clone());
        while runner.catch_up().await.is_err() {}

        let deliveries = teller.deliveries();
        assert!(deliveries.len() > 60, "something was repeated");
        let commits: Vec<u32> = deliveries
            .chunks(2)
            .map(|commit| commit[0].number)
            .collect();
        let repeated = commits.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert_eq!(commits.len(), 30 + repeated, "every {every}: {commits:?}");
        assert!(commits.is_sorted(), "every {every}: {commits:?}");
        let of = |number| deliveries.iter().filter(move |it| it.number == number);
        for number in 0..30 {
            let mut ids: Vec<Uuid> = of(number).map(|it| it.delivery.id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), 2);
        }
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stops_it_before_anything_of_its_commit_is_done() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let runner = shop.runner().react(teller.clone());
    runner.catch_up().await.unwrap();
    shop.place(1).await;
    let stream = StreamId::new("order", Uuid::now_v7());
    let event = |payload: &[u8]| {
        NewEvent::new(
            stream.clone(),
            "order.placed",
            1,
            Codec::Json,
            payload.to_vec(),
        )
    };
    let events = vec![event(br#"{"number":2}"#), event(b"{}")];
    let commit = Commit::new(Uuid::now_v7(), events);
    shop.store.append(commit).await.unwrap();
    for _ in 0..2 {
        let error = runner.catch_up().await.unwrap_err();
        assert!(matches!(error, ProjectionError::Undecodable(_)), "{error}");
    }
    assert_eq!(teller.numbers(), [1]);
}

#[event(name = "pair.made", version = 2, from = PairV1)]
struct Pair {
    half: u32,
}

#[event(name = "pair.made")]
struct PairV1 {
    halves: (u32, u32),
}

impl From<PairV1> for Pair {
    fn from(PairV1 { halves }: PairV1) -> Self {
        Self { half: halves.0 }
    }
}

#[derive(Clone, Default, Reactor)]
#[reactor(name = "halver", events(Pair))]
struct Halver(Arc<Mutex<Vec<u32>>>);

impl React<Pair> for Halver {
    type Error = std::convert::Infallible;

    async fn react(&self, recorded: &Recorded<Pair>, _: &Delivery) -> Result<(), Self::Error> {
        self.0.lock().unwrap().push(recorded.event.half);
        Ok(())
    }
}

#[tokio::test]
async fn an_old_version_is_delivered_as_the_one_of_today() {
    let (shop, halver) = (Shop::default(), Halver::default());
    let stream = StreamId::new("pair", Uuid::now_v7());
    let old = br#"{"halves":[3,4]}"#.to_vec();
    let old = NewEvent::new(stream, "pair.made", 1, Codec::Json, old);
    shop.store
        .append(Commit::new(Uuid::now_v7(), vec![old]))
        .await
        .unwrap();
    let pipeline = Pipeline::reactor(halver.clone()).from_start();
    shop.runner().run(pipeline).catch_up().await.unwrap();
    assert_eq!(*halver.0.lock().unwrap(), [3]);
}

#[tokio::test]
async fn each_tenant_has_streams_of_its_own() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let runner = shop.runner().react(teller.clone());
    runner.catch_up().await.unwrap();
    let order = Id::<Order>::new();
    for tenant in ["", "acme"] {
        let orders = Repository::<Order>::new(shop.store.clone()).in_tenant(tenant);
        let placed = |_: &Order| Ok::<_, std::fmt::Error>(PLACED(1));
        orders.execute(order, placed).await.unwrap();
    }
    runner.catch_up().await.unwrap();
    let deliveries: Vec<DeliveredEvent> = teller.deliveries();
    assert_eq!(deliveries.len(), 2);
    assert_ne!(deliveries[0].delivery.id, deliveries[1].delivery.id);
}
