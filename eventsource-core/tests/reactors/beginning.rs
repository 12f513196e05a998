use eventsource_core::runner::Pipeline;
use eventsource_core::store::StoreErrorKind;
use eventsource_core::{Project, Projection, Recorded};
use serde::{Deserialize, Serialize};

use crate::flaky::Flaky;
use crate::shop::{OrderEvent, Shop, Teller};

#[tokio::test]
async fn a_reactor_begins_now_and_goes_on_from_where_it_was() {
    let (shop, teller) = (Shop::default(), Teller::default());
    shop.place(1).await;
    let runner = || shop.runner().react(teller.clone());
    runner().catch_up().await.unwrap();
    assert!(teller.deliveries().is_empty());

    shop.place(2).await;
    shop.place(3).await;
    runner().catch_up().await.unwrap();
    assert_eq!(teller.numbers(), [2, 3]);

    runner().catch_up().await.unwrap();
    shop.place(4).await;
    runner().catch_up().await.unwrap();
    assert_eq!(teller.numbers(), [2, 3, 4]);
}

#[tokio::test]
async fn it_can_begin_with_the_first_event_but_only_the_first_time() {
    let (shop, early, late) = (Shop::default(), Teller::default(), Teller::default());
    shop.place(1).await;
    let from_start = |teller: &Teller| Pipeline::reactor(teller.clone()).from_start();
    shop.runner()
        .run(from_start(&early))
        .catch_up()
        .await
        .unwrap();
    assert_eq!(early.numbers(), [1]);
    shop.runner()
        .run(from_start(&late))
        .catch_up()
        .await
        .unwrap();
    assert!(late.deliveries().is_empty(), "it has the name of the other");
}

#[tokio::test]
async fn now_is_when_the_runner_is_started_whenever_it_gets_to_it() {
    let (shop, teller) = (Shop::default(), Teller::default());
    shop.place(1).await;
    let running = shop.runner().react(teller.clone()).start().await.unwrap();
    // Nothing was awaited yet that would have let it begin.
    shop.place(2).await;
    let delivered = async {
        while teller.numbers() != [2] {
            tokio::task::yield_now().await;
        }
    };
    let delivered = tokio::time::timeout(std::time::Duration::from_secs(20), delivered);
    delivered
        .await
        .expect("it gets the second order, and no other");
    running.stop().await;
}

#[tokio::test]
async fn it_has_begun_also_where_its_process_ends_before_it_follows() {
    let (shop, teller) = (Shop::default(), Teller::default());
    let running = shop.runner().react(teller.clone()).start().await.unwrap();
    // Nothing was awaited yet that would have let it follow.
    drop(running);
    shop.place(1).await;
    let next = shop.runner().react(teller.clone());
    next.catch_up().await.unwrap();
    assert_eq!(teller.numbers(), [1]);
}

#[tokio::test]
async fn where_it_begins_is_stored_before_anything_happens() {
    let (shop, teller) = (Shop::default(), Teller::default());
    shop.place(1).await;
    // It does not get to write how far it is.
    let flaky = Flaky::new(shop.models.clone(), StoreErrorKind::Corrupt, 1);
    let broken = shop.runner_on(flaky).react(teller.clone());
    broken.catch_up().await.unwrap_err();
    shop.place(2).await;
    shop.runner()
        .react(teller.clone())
        .catch_up()
        .await
        .unwrap();
    assert_eq!(teller.numbers(), [2]);
}

/// Has the name of the reactor.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "teller", version = 2, key = root_id, event = OrderEvent(Placed))]
struct Orders {}

impl Project<OrderEvent> for Orders {
    fn project(&mut self, _: &Recorded<OrderEvent>) {}
}

#[tokio::test]
async fn a_projection_of_the_same_name_has_a_place_of_its_own() {
    let (shop, teller) = (Shop::default(), Teller::default());
    shop.place(1).await;
    let runner = || shop.runner().react(teller.clone()).project::<Orders>();
    runner().catch_up().await.unwrap();
    let running = runner().start().await.unwrap();
    assert_eq!(running.remove_older::<Orders>().await.unwrap(), [0; 0]);
    running.stop().await;
    shop.place(2).await;
    runner().catch_up().await.unwrap();
    assert_eq!(teller.numbers(), [2], "it still knows where it was");
}
