use std::error::Error;
use std::fmt::{Display, Formatter};
use std::time::Duration;

use eventsource_core::read_model::{Reactions, RunState};
use eventsource_core::runner::ProjectionError;
use eventsource_core::testing::TestEnvironment;
use eventsource_core::{
    Delivery, EventLog, Id, React, Reactor, Recorded, Repository, Running, StreamId,
};
use tokio::time::Instant;

use crate::shop::{DeliveredEvent, Order, OrderEvent, Shop, Teller};
use crate::with_causes::with_causes;

fn placed(number: u32) -> [OrderEvent; 1] {
    [OrderEvent::Placed { number }]
}

fn reactions(shop: &Shop) -> Reactions<Teller> {
    Reactions::new(shop.models.clone())
}

fn stream(order: Id<Order>) -> StreamId {
    Repository::<Order>::new(eventsource_core::MemoryStore::new()).stream(order)
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let so = tokio::time::timeout(Duration::from_secs(60 * 60), so);
    so.await.unwrap_or_else(|_| panic!("not {what}"));
}

#[tokio::test]
async fn a_failing_reaction_parks_its_stream_and_the_others_go_on() {
    for (poison, reason) in [
        (666, "an evil number"),
        (777, "it panicked: an unlucky number"),
    ] {
        let (shop, teller) = (Shop::default(), Teller::default());
        let runner = shop.runner().react(teller.clone());
        runner.catch_up().await.unwrap();
        let (ann, bob) = (Id::new(), Id::new());
        shop.happened(ann, &placed(1)).await;
        let failing = shop.happened(ann, &placed(poison)).await;
        shop.happened(ann, &placed(2)).await;
        shop.happened(bob, &placed(3)).await;
        runner.catch_up().await.unwrap();

        let numbers: Vec<u32> = teller.numbers();
        assert_eq!(numbers.iter().filter(|number| **number == 2).count(), 0);
        assert!(numbers.contains(&3), "{numbers:?}");
        let parked = reactions(&shop).parked(None, 10).await.unwrap();
        assert_eq!(parked.len(), 1);
        assert_eq!(parked[0].key, eventsource_core::Key::of(&stream(ann)));
        assert_eq!(parked[0].position, failing.last);
        let reason = match poison {
            777 => format!("{reason} (stream {}, version 2)", stream(ann)),
            _ => reason.to_owned(),
        };
        assert_eq!((&parked[0].reason, parked[0].waiting), (&reason, 2));
        let progress = reactions(&shop).progress().await.unwrap().unwrap();
        assert_eq!(
            progress.checkpoint.at.position(),
            shop.store.head().await.unwrap().position()
        );

        teller.mend();
        runner.catch_up().await.unwrap();
        let of_ann: Vec<DeliveredEvent> = teller.deliveries();
        let of_ann = of_ann.iter().filter(|it| it.order == ann.uuid());
        let mut of_ann: Vec<u32> = of_ann.map(|it| it.number).collect();
        of_ann.dedup();
        assert_eq!(of_ann, [1, poison, 2], "in order, after the fix");
        assert!(reactions(&shop).parked(None, 10).await.unwrap().is_empty());
    }
}

/// Two events of two streams in one commit, of which one fails.
#[tokio::test]
async fn a_commit_over_two_streams_parks_one_of_them() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let runner = shop.runner().react(teller.clone());
    runner.catch_up().await.unwrap();
    let orders = Repository::<Order>::new(shop.store.clone());
    let (ann, bob) = (Id::new(), Id::new());
    let both = |(ann, bob): &mut (
        eventsource_core::Draft<Order>,
        eventsource_core::Draft<Order>,
    )| {
        ann.decide(|_| Ok::<_, std::fmt::Error>([placed(666), placed(1)].concat()))?;
        bob.decide(|_| Ok::<_, std::fmt::Error>(placed(2)))
    };
    let both = eventsource_core::transact((orders.at(ann), orders.at(bob)), both);
    both.await.unwrap();
    runner.catch_up().await.unwrap();
    assert_eq!(teller.numbers(), [666, 2]);
    assert_eq!(
        reactions(&shop).parked(None, 10).await.unwrap()[0].waiting,
        2
    );
    teller.mend();
    runner.catch_up().await.unwrap();
    let numbers = teller.numbers();
    assert_eq!(numbers[numbers.len() - 2..], [666, 1]);
}

#[tokio::test(start_paused = true)]
async fn it_is_tried_again_with_the_same_id_and_a_rising_attempt() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let runner = shop.runner().in_environment(TestEnvironment);
    let running = runner.react(teller.clone()).start().await.unwrap();
    shop.happened(Id::new(), &placed(666)).await;
    let started = Instant::now();
    until("tried five times", || teller.deliveries().len() >= 5).await;
    // After 1, 2, 4 and 8 seconds.
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_secs(15), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
    let deliveries = teller.deliveries();
    let attempts: Vec<u32> = deliveries.iter().map(|it| it.delivery.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
    assert!(
        deliveries
            .iter()
            .all(|it| it.delivery.id == deliveries[0].delivery.id)
    );
    assert_eq!(parked_in(&running), 1);
    running.stop().await;

    // Who starts tries it at once, and counts on.
    let running = shop.runner().react(teller.clone()).start().await.unwrap();
    until("tried again", || teller.deliveries().len() >= 6).await;
    assert_eq!(teller.deliveries()[5].delivery.attempt, 6);
    running.stop().await;
}

fn parked_in(running: &Running) -> u64 {
    running.status()[0].parked
}

#[tokio::test]
async fn an_unparked_stream_is_tried_at_once() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let running = shop.runner().react(teller.clone()).start().await.unwrap();
    let (ann, bob) = (Id::new(), Id::new());
    shop.happened(ann, &placed(666)).await;
    shop.happened(bob, &placed(666)).await;
    until("parked", || parked_in(&running) == 2).await;
    // Let the pauses get long.
    until("tried twice each", || teller.deliveries().len() >= 4).await;
    teller.mend();
    let reactions = reactions(&shop);
    assert!(reactions.unpark(&stream(ann)).await.unwrap());
    assert!(!reactions.unpark(&stream(Id::new())).await.unwrap());
    until("free", || parked_in(&running) <= 1).await;
    reactions.unpark_all().await.unwrap();
    until("free", || parked_in(&running) == 0).await;
    running.stop().await;
}

/// A queue that is longer than a page, with two that fail in it.
#[tokio::test]
async fn what_waits_is_delivered_once_and_in_order() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let runner = || shop.runner().in_pages_of(3).react(teller.clone());
    runner().catch_up().await.unwrap();
    let ann = Id::new();
    let numbers: Vec<u32> = (0..20)
        .map(|it| if it % 7 == 3 { 666 } else { it })
        .collect();
    for (number, other) in numbers.iter().zip(100..) {
        shop.happened(ann, &placed(*number)).await;
        shop.place(other).await;
    }
    runner().catch_up().await.unwrap();
    let before = teller.numbers().len();
    teller.mend();
    for _ in 0..3 {
        runner().catch_up().await.unwrap();
    }
    let of_ann: Vec<u32> = teller.numbers()[before..].to_vec();
    assert_eq!(of_ann, numbers[3..]);
    assert!(reactions(&shop).parked(None, 10).await.unwrap().is_empty());
}

/// Stops at the unlucky number.
#[derive(Reactor)]
#[reactor(name = "stopper", event = OrderEvent(Placed), stop_on_error)]
struct Stopper(Teller);

impl React<OrderEvent> for Stopper {
    type Error = &'static str;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), &'static str> {
        self.0.react(recorded, delivery).await
    }
}

#[tokio::test]
async fn one_that_is_to_stop_stops_and_says_where() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let runner = || shop.runner().react(Stopper(teller.clone()));
    runner().catch_up().await.unwrap();
    shop.place(1).await;
    shop.place(666).await;
    shop.place(2).await;
    let error = runner().catch_up().await.unwrap_err();
    let said = "the reactor `stopper` failed at position 2: an evil number";
    assert_eq!(with_causes(&error), said);
    assert!(matches!(error, ProjectionError::Reaction { .. }));
    assert_eq!(teller.numbers(), [1, 666]);

    let running = runner().start().await.unwrap();
    let stopped = RunState::Stopped(said.to_owned());
    until("stopped", || running.status()[0].state == stopped).await;
    running.stop().await;
    teller.mend();
    runner().catch_up().await.unwrap();
    assert_eq!(teller.numbers(), [1, 666, 666, 666, 2]);
}

/// Fails with an error that panics when it is asked what it says.
#[derive(Reactor)]
#[reactor(name = "mute", event = OrderEvent(Placed))]
struct Mute;

#[derive(Debug)]
struct Unspeakable;

impl Display for Unspeakable {
    fn fmt(&self, _: &mut Formatter<'_>) -> std::fmt::Result {
        panic!("no words")
    }
}

impl Error for Unspeakable {}

impl React<OrderEvent> for Mute {
    type Error = Unspeakable;

    async fn react(&self, _: &Recorded<OrderEvent>, _: &Delivery) -> Result<(), Unspeakable> {
        Err(Unspeakable)
    }
}

#[tokio::test]
async fn an_error_that_cannot_say_what_it_is_parks_its_stream_like_others() {
    let shop = Shop::default();
    shop.runner().react(Mute).catch_up().await.unwrap();
    shop.place(1).await;
    shop.runner().react(Mute).catch_up().await.unwrap();
    let parked = Reactions::<Mute>::new(shop.models.clone());
    let parked = parked.parked(None, 10).await.unwrap();
    let said = "it failed, and its error panicked: no words";
    assert_eq!(parked[0].reason, said);
}
