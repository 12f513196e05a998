//! The tests of a voucher: its decisions, its rows, its side effect and its times. In a crate of your own
//! each of these functions is a test, under `#[test]` or `#[tokio::test]`.

use std::convert::Infallible;
use std::panic;
use std::sync::{Arc, Mutex};

use eventsource_core::runner::Pipeline;
use eventsource_core::testing::{RowsScenario, Scenario};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{
    Aggregate, Apply, AsOf, Delivery, Id, MemoryReadModels, MemoryStore, Project, Projection,
    React, Reactor, Recorded, Repository, Runner, Timestamp, event,
};
use serde::{Deserialize, Serialize};

#[event]
pub enum VoucherEvent {
    Issued { valid_until: Timestamp },
    Redeemed,
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(event = VoucherEvent)]
pub struct Voucher {
    valid_until: Timestamp,
    redeemed: bool,
}

impl Apply<VoucherEvent> for Voucher {
    fn apply(&mut self, event: VoucherEvent) {
        match event {
            VoucherEvent::Issued { valid_until } => self.valid_until = valid_until,
            VoucherEvent::Redeemed => self.redeemed = true,
        }
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum VoucherError {
    #[error("the voucher was redeemed before")]
    Redeemed,
    #[error("the voucher was valid until {0}")]
    Expired(Timestamp),
}

impl Voucher {
    /// The time is an argument, so that a test can choose it.
    pub fn redeem(&self, now: Timestamp) -> Result<VoucherEvent, VoucherError> {
        if self.redeemed {
            return Err(VoucherError::Redeemed);
        }
        if now > self.valid_until {
            return Err(VoucherError::Expired(self.valid_until));
        }
        Ok(VoucherEvent::Redeemed)
    }
}

/// How many vouchers were redeemed on a day.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "redeemed", version = 1, key = Self::day, columns(day), event = VoucherEvent(Redeemed))]
pub struct RedeemedOnDay {
    vouchers: u64,
}

impl RedeemedOnDay {
    fn day(recorded: &Recorded<VoucherEvent>) -> String {
        let mut text = recorded.commit().recorded_at.to_string();
        text.truncate("2026-01-31".len());
        text
    }
}

impl Project<VoucherEvent> for RedeemedOnDay {
    fn project(&mut self, _: &Recorded<VoucherEvent>) {
        self.vouchers += 1;
    }
}

/// Thanks the customer, here by a line in a list.
#[derive(Reactor)]
#[reactor(name = "thanks", event = VoucherEvent(Redeemed))]
pub struct Thanks {
    sent: Arc<Mutex<Vec<String>>>,
}

impl React<VoucherEvent> for Thanks {
    type Error = Infallible;

    async fn react(
        &self,
        _: &Recorded<VoucherEvent>,
        delivery: &Delivery,
    ) -> Result<(), Infallible> {
        let line = format!("thank you, in attempt {}", delivery.attempt);
        self.sent.lock().unwrap().push(line);
        Ok(())
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn issued() -> VoucherEvent {
    VoucherEvent::Issued {
        valid_until: time("2026-01-31T23:59:59Z"),
    }
}

fn a_voucher_is_redeemed_once() {
    Voucher::given(issued())
        .when(|voucher| voucher.redeem(time("2026-01-15T12:00:00Z")))
        .then(VoucherEvent::Redeemed);

    Voucher::given((issued(), VoucherEvent::Redeemed))
        .when(|voucher| voucher.redeem(time("2026-01-16T12:00:00Z")))
        .then_refused(VoucherError::Redeemed);
}

fn a_voucher_expires() {
    Voucher::given(issued())
        .when(|voucher| voucher.redeem(time("2026-02-01T00:00:00Z")))
        .then_refused(VoucherError::Expired(time("2026-01-31T23:59:59Z")));
}

/// This one fails, to show what a failure says.
fn a_voucher_is_redeemed_after_its_time() {
    Voucher::given(issued())
        .when(|voucher| voucher.redeem(time("2026-02-01T00:00:00Z")))
        .then(VoucherEvent::Redeemed);
}

async fn the_rows_count_by_day() {
    let redeemed = |time| {
        let scenario = RowsScenario::of::<RedeemedOnDay>();
        let scenario = scenario.given(Id::<Voucher>::new(), VoucherEvent::Redeemed);
        scenario.recorded_at(time)
    };
    redeemed(time("2026-01-15T23:59:00Z"))
        .given(Id::<Voucher>::new(), VoucherEvent::Redeemed)
        .recorded_at(time("2026-01-16T00:01:00Z"))
        .then_rows([
            ("2026-01-15", RedeemedOnDay { vouchers: 1 }),
            ("2026-01-16", RedeemedOnDay { vouchers: 1 }),
        ])
        .await;
}

/// `catch_up` delivers what there is, and ends.
async fn a_customer_is_thanked_once() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let vouchers = Repository::<Voucher>::new(store.clone());
    let redeem = |voucher: &Voucher| voucher.redeem(Timestamp::default());
    vouchers.execute(Id::new(), redeem).await.unwrap();

    let sent = Arc::default();
    let thanks = Thanks {
        sent: Arc::clone(&sent),
    };
    let runner = Runner::new(store, models).run(Pipeline::reactor(thanks).from_start());
    runner.catch_up().await.unwrap();
    runner.catch_up().await.unwrap();
    assert_eq!(*sent.lock().unwrap(), ["thank you, in attempt 1"]);
}

/// A clock that a test sets.
#[derive(Clone, Debug)]
struct TestClock(Arc<Mutex<Timestamp>>);

impl Environment for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

async fn a_voucher_is_loaded_as_it_was_before() {
    let now = Arc::new(Mutex::new(time("2026-01-02T12:00:00Z")));
    let store = MemoryStore::in_environment(TestClock(Arc::clone(&now)));
    let vouchers = Repository::<Voucher>::new(store);
    let id = Id::new();
    let issue = |_: &Voucher| Ok::<_, Infallible>(issued());
    vouchers.execute(id, issue).await.unwrap();

    *now.lock().unwrap() = time("2026-01-15T12:00:00Z");
    let redeem = |voucher: &Voucher| voucher.redeem(time("2026-01-15T12:00:00Z"));
    vouchers.execute(id, redeem).await.unwrap();

    let in_between = AsOf::recorded(time("2026-01-10T00:00:00Z"));
    assert!(!vouchers.load_at(id, in_between).await.unwrap().redeemed);
    assert!(vouchers.load(id).await.unwrap().redeemed);
}

#[tokio::main]
async fn main() {
    a_voucher_is_redeemed_once();
    a_voucher_expires();
    the_rows_count_by_day().await;
    a_customer_is_thanked_once().await;
    a_voucher_is_loaded_as_it_was_before().await;
    println!("five tests have passed");

    panic::set_hook(Box::new(|_| {})); // The message is printed below.
    let failure = panic::catch_unwind(a_voucher_is_redeemed_after_its_time).unwrap_err();
    println!(
        "the sixth has failed: {}",
        failure.downcast_ref::<String>().unwrap()
    );
}
