//! The count of attempts of a reaction, whatever their outcomes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, Model, ModelId, Reactions, RunState, Writer,
};
use eventsource_core::runner::Pipeline;
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, Delivery, EventLog, Id, React, Reactor, ReadModelStore, Recorded, Runner, StreamId,
    StreamStore,
};

use crate::shop::{OrderEvent, Shop};

const LONG: Duration = Duration::from_secs(20);

/// Notes which order it heard of at which attempt.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "bell", event = OrderEvent(Placed, Paid))]
struct Bell {
    heard: Arc<Mutex<Vec<(u32, u32)>>>,
    /// Whether no reaction to an order that was paid ever ends.
    hangs: Arc<AtomicBool>,
}

impl React<OrderEvent> for Bell {
    type Error = &'static str;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), &'static str> {
        let (OrderEvent::Placed { number } | OrderEvent::Paid { number }) = recorded.event else {
            unreachable!("only the variants that are listed")
        };
        self.heard.lock().unwrap().push((number, delivery.attempt));
        if matches!(recorded.event, OrderEvent::Paid { .. }) && self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if number == 666 {
            Err("an evil number")
        } else {
            Ok(())
        }
    }
}

impl Bell {
    fn hanging() -> Self {
        let bell = Self::default();
        bell.hangs.store(true, Ordering::SeqCst);
        bell
    }

    fn heard(&self) -> Vec<(u32, u32)> {
        self.heard.lock().unwrap().clone()
    }

    async fn has_heard(&self, times: usize) {
        let heard = async {
            while self.heard().len() < times {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let heard = tokio::time::timeout(LONG, heard).await;
        heard.unwrap_or_else(|_| panic!("{:?}", self.heard()));
    }
}

fn runner(shop: &Shop, bell: &Bell) -> Runner {
    shop.runner()
        .run(Pipeline::reactor(bell.clone()).from_start())
}

async fn placed_and_paid(shop: &Shop, number: u32) {
    let events = [OrderEvent::Placed { number }, OrderEvent::Paid { number }];
    shop.happened(Id::new(), &events).await;
}

/// All events of a commit are delivered again, and the next commit is begun for the first time.
#[tokio::test]
async fn a_reaction_that_was_cut_off_is_counted() {
    let (shop, bell) = (Shop::default(), Bell::hanging());
    placed_and_paid(&shop, 1).await;
    for attempt in 1..4 {
        let running = runner(&shop, &bell).start().await.unwrap();
        bell.has_heard(2 * attempt).await;
        running.stop().await;
    }
    let cut_off: Vec<_> = (1..4).flat_map(|attempt| [(1, attempt); 2]).collect();
    assert_eq!(bell.heard(), cut_off);

    bell.hangs.store(false, Ordering::SeqCst);
    placed_and_paid(&shop, 2).await;
    runner(&shop, &bell).catch_up().await.unwrap();
    assert_eq!(bell.heard()[6..], [(1, 4), (1, 4), (2, 1), (2, 1)]);
}

/// The first failure is that of the third try.
#[tokio::test]
async fn retries_count_on_from_a_reaction_that_was_cut_off() {
    let (shop, bell) = (Shop::default(), Bell::hanging());
    let events = [OrderEvent::Paid { number: 666 }];
    shop.happened(Id::new(), &events).await;
    for attempt in 1..3 {
        let running = runner(&shop, &bell).start().await.unwrap();
        bell.has_heard(attempt).await;
        running.stop().await;
    }
    bell.hangs.store(false, Ordering::SeqCst);
    runner(&shop, &bell).catch_up().await.unwrap();
    let bells = Reactions::<Bell>::new(shop.models.clone());
    assert_eq!(bells.parked(None, 1).await.unwrap()[0].attempts, 3);
    runner(&shop, &bell).catch_up().await.unwrap();
    assert_eq!(bell.heard(), [(666, 1), (666, 2), (666, 3), (666, 4)]);
    assert_eq!(bells.parked(None, 1).await.unwrap()[0].attempts, 4);
}

/// The stored reason and time of the failure do not change.
#[tokio::test]
async fn a_retry_that_was_cut_off_is_counted() {
    let (shop, bell) = (Shop::default(), Bell::default());
    let events = [OrderEvent::Paid { number: 666 }];
    shop.happened(Id::new(), &events).await;
    runner(&shop, &bell).catch_up().await.unwrap();
    bell.hangs.store(true, Ordering::SeqCst);
    for attempt in 2..4 {
        let running = runner(&shop, &bell).start().await.unwrap();
        bell.has_heard(attempt).await;
        running.stop().await;
    }
    let bells = Reactions::<Bell>::new(shop.models.clone());
    let parked = bells.parked(None, 1).await.unwrap().remove(0);
    assert_eq!((&*parked.reason, parked.attempts), ("an evil number", 3));

    bell.hangs.store(false, Ordering::SeqCst);
    runner(&shop, &bell).catch_up().await.unwrap();
    let attempts: Vec<u32> = bell.heard().iter().map(|heard| heard.1).collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
    assert_eq!(bells.parked(None, 1).await.unwrap()[0].attempts, 4);
}

#[tokio::test]
async fn a_lost_lease_in_the_middle_of_a_batch_is_counted() {
    let (shop, bell) = (Shop::default(), Bell::hanging());
    placed_and_paid(&shop, 1).await;
    let running = runner(&shop, &bell)
        .lease(Duration::from_millis(40))
        .start()
        .await
        .unwrap();
    for attempt in 1..4 {
        bell.has_heard(2 * attempt).await;
        take_over_and_release(&shop).await;
    }
    bell.has_heard(8).await;
    let attempts: Vec<u32> = bell.heard().iter().map(|heard| heard.1).collect();
    assert_eq!(attempts[..8], [1, 1, 2, 2, 3, 3, 4, 4]);
    running.stop().await;
}

/// Takes the lease over and releases it, like a runner that saw no heartbeat of the other one.
async fn take_over_and_release(shop: &Shop) {
    let bell = Model::reactor("bell");
    let mut claim = Claim::new(
        bell.clone(),
        Generation::Serving,
        shop.store.log_id(),
        Uuid::now_v7(),
    );
    let epoch = loop {
        match shop.models.claim(claim.clone()).await.unwrap() {
            ClaimOutcome::Granted(progress) => break progress.checkpoint.epoch,
            ClaimOutcome::Denied(lease) => claim.seen = Some(lease),
        }
    };
    let writer = Writer::new(bell.id, Generation::Serving, epoch);
    let released = shop.models.release(writer, RunState::Idle);
    released.await.unwrap();
}

/// Hears only of orders that were paid: the version of [`Bell`] before.
#[derive(Clone, Reactor)]
#[reactor(name = "bell", event = OrderEvent(Paid))]
struct BellOfPaid(Bell);

impl React<OrderEvent> for BellOfPaid {
    type Error = &'static str;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), &'static str> {
        self.0.react(recorded, delivery).await
    }
}

/// The count is stored with the checkpoint, and not with the commit.
#[tokio::test]
async fn a_commit_that_a_new_version_gets_first_has_the_count_of_the_one_that_was_begun() {
    let (shop, bell) = (Shop::default(), Bell::hanging());
    shop.place(1).await;
    shop.happened(Id::new(), &[OrderEvent::Paid { number: 2 }])
        .await;
    let before = Pipeline::reactor(BellOfPaid(bell.clone())).from_start();
    let running = shop.runner().run(before).start().await.unwrap();
    bell.has_heard(1).await;
    running.stop().await;

    bell.hangs.store(false, Ordering::SeqCst);
    runner(&shop, &bell).catch_up().await.unwrap();
    assert_eq!(bell.heard(), [(2, 1), (1, 2), (2, 1)]);
}

/// An event that cannot be read stops the reactor before it has any effect.
#[tokio::test]
async fn a_batch_that_cannot_be_read_is_not_begun() {
    let (shop, bell) = (Shop::default(), Bell::default());
    let stream = StreamId::new("order", Uuid::now_v7());
    let event = NewEvent::new(stream, "order.placed", 1, Codec::Json, b"{}".to_vec());
    let commit = Commit::new(Uuid::now_v7(), vec![event]);
    shop.store.append(commit).await.unwrap();
    for _ in 0..2 {
        runner(&shop, &bell).catch_up().await.unwrap_err();
    }
    let id = ModelId::reactor("bell");
    let progress = shop.models.progress(id.clone(), Generation::Serving).await;
    let at: Checkpoint = progress.unwrap().unwrap().checkpoint;
    let writer = Writer::new(id, Generation::Serving, at.epoch);
    let starts = shop.models.begin_batch(writer, at.at).await;
    assert_eq!(starts.unwrap(), 1);
    assert_eq!(bell.heard(), []);
}
