//! Rows of events that have times and metadata.

use std::panic::{AssertUnwindSafe, catch_unwind};

use eventsource_core::testing::{RowsScenario, Scenario};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{
    Aggregate, Apply, Id, MemoryStore, Metadata, Project, Projection, Recorded, Repository,
    Timestamp, event,
};
use serde::{Deserialize, Serialize};

#[event]
enum CartEvent {
    Opened,
    CheckedOut,
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
struct Cart {
    events: u32,
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {
        self.events += 1;
    }
}

/// The time and the actor of each event.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "journal", version = 1, key = root_id, event = CartEvent)]
struct Journal {
    entries: Vec<(i64, String)>,
}

impl Project<CartEvent> for Journal {
    fn project(&mut self, recorded: &Recorded<CartEvent>) {
        let actor = recorded
            .commit()
            .metadata()
            .actor
            .clone()
            .unwrap_or_default();
        let time = recorded.commit().recorded_at.as_micros();
        self.entries.push((time, actor));
    }
}

fn journal(entries: &[(i64, &str)]) -> Journal {
    let entries = entries
        .iter()
        .map(|(time, actor)| (*time, (*actor).to_owned()));
    Journal {
        entries: entries.collect(),
    }
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn by(actor: &str) -> Metadata {
    Metadata::new().actor(actor)
}

#[tokio::test]
async fn given_events_have_the_time_and_the_metadata_that_are_said_of_them() {
    let (one, other) = (Id::<Cart>::new(), Id::<Cart>::new());
    RowsScenario::of::<Journal>()
        .given(one, CartEvent::Opened)
        .recorded_at(at(10))
        .metadata(by("ann"))
        .given(other, [CartEvent::Opened, CartEvent::CheckedOut])
        .metadata(by("bob"))
        .given(one, CartEvent::CheckedOut)
        .recorded_at(at(30))
        .then_rows([
            (one, journal(&[(10, "ann"), (30, "")])),
            (other, journal(&[(10, "bob"), (10, "bob")])),
        ])
        .await;
}

#[tokio::test]
async fn events_before_the_first_time_are_recorded_at_it() {
    let id = Id::<Cart>::new();
    RowsScenario::of::<Journal>()
        .given(id, CartEvent::Opened)
        .given(id, CartEvent::CheckedOut)
        .recorded_at(at(7))
        .then_rows([(id, journal(&[(7, ""), (7, "")]))])
        .await;
}

#[test]
fn a_time_before_that_of_the_events_before_is_refused() {
    let id = Id::<Cart>::new();
    let given = RowsScenario::of::<Journal>()
        .given(id, CartEvent::Opened)
        .recorded_at(at(10))
        .given(id, CartEvent::CheckedOut);
    let panic = catch_unwind(AssertUnwindSafe(|| given.recorded_at(at(9)))).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("lies before"), "{message}");
}

#[test]
#[should_panic(expected = "call `given` first")]
fn metadata_of_nothing_are_refused() {
    let _ = RowsScenario::of::<Journal>().metadata(by("ann"));
}

/// The clock ticks with each look at it.
#[derive(Debug, Default)]
struct Ticking(std::sync::atomic::AtomicI64);

impl Environment for Ticking {
    fn now(&self) -> Timestamp {
        at(self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[tokio::test]
async fn recorded_histories_that_interleave_are_given_in_the_order_of_their_times() {
    let carts = Repository::<Cart>::new(MemoryStore::in_environment(Ticking::default()));
    let (one, other) = (Id::new(), Id::new());
    for id in [one, other, one, other] {
        let opened = |_: &Cart| Ok::<_, ()>([CartEvent::Opened]);
        carts.execute(id, opened).metadata(by("ann")).await.unwrap();
    }
    let histories = [
        carts.history(one).await.unwrap(),
        carts.history(other).await.unwrap(),
    ];
    let rows = histories.clone().map(|history| {
        let entries = history
            .iter()
            .map(|recorded| (recorded.commit().recorded_at.as_micros(), "ann".to_owned()));
        Journal {
            entries: entries.collect(),
        }
    });
    let [first, second] = histories;
    RowsScenario::of::<Journal>()
        .given_recorded(first)
        .given_recorded(second)
        .then_rows([one, other].into_iter().zip(rows))
        .await;
}

#[tokio::test]
async fn a_recorded_history_is_given_with_its_commits() {
    let carts = Repository::<Cart>::new(MemoryStore::in_environment(Ticking::default()));
    let id = Id::new();
    let both = |_: &Cart| Ok::<_, ()>([CartEvent::Opened, CartEvent::CheckedOut]);
    for actor in ["ann", "bob"] {
        carts.execute(id, both).metadata(by(actor)).await.unwrap();
    }
    let history = carts.history(id).await.unwrap();
    let entries = history.iter().map(|recorded| {
        let actor = recorded.commit().metadata().actor.clone().unwrap();
        (recorded.commit().recorded_at.as_micros(), actor)
    });
    let entries: Vec<_> = entries.collect();
    assert_ne!(entries[1].0, entries[2].0);
    RowsScenario::of::<Journal>()
        .given_recorded(history.clone())
        .then_rows([(id, Journal { entries })])
        .await;
    let cart = Cart::given_recorded(history);
    assert_eq!(cart.events, 4);
}
