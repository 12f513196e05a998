//! Stale reads, as those of replicas: no wrong refusal, no skip and no repetition. Each test fails
//! with a store that is stale whatever freshness is asked for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_conformance::StaleStore;
use eventsource_core::{
    Aggregate, Apply, Delivery, EventLog, ExecuteError, Horizon, Id, LocalBus, MemoryReadModels,
    MemoryStore, Project, Projection, React, Reactor, ReadModel, Recorded, Repository, Runner,
    Subscription, event,
};
use serde::{Deserialize, Serialize};

type Stale = StaleStore<MemoryStore>;

#[event(name = "purse.changed")]
struct Changed {
    by: i64,
}

#[derive(Aggregate, Clone, Default)]
#[aggregate(events(Changed))]
struct Purse {
    balance: i64,
}

impl Apply<Changed> for Purse {
    fn apply(&mut self, changed: Changed) {
        self.balance += changed.by;
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("too little")]
struct TooLittle;

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "purses", version = 1, key = root_id, events(Changed))]
struct Changes {
    changes: u64,
}

impl Project<Changed> for Changes {
    fn project(&mut self, _: &Recorded<Changed>) {
        self.changes += 1;
    }
}

#[derive(Clone, Default, Reactor)]
#[reactor(name = "tellers", events(Changed))]
struct Teller {
    positions: Arc<Mutex<Vec<u64>>>,
}

impl React<Changed> for Teller {
    type Error = std::convert::Infallible;

    async fn react(&self, recorded: &Recorded<Changed>, _: &Delivery) -> Result<(), Self::Error> {
        let position = recorded.position().offset().get();
        self.positions.lock().unwrap().push(position);
        Ok(())
    }
}

/// Decides 2,000 times, over two handles with caches, and counts the answers that are wrong: refusals
/// of what the balance allows, and withdrawals that it does not allow.
async fn wrong_answers(handle: impl Fn(&MemoryStore) -> Stale) -> usize {
    let store = MemoryStore::new();
    let purses = [true, false].map(|is_cached| {
        let purses = Repository::<Purse>::new(handle(&store));
        if is_cached { purses.cached(10) } else { purses }
    });
    let (id, mut balance, mut wrong) = (Id::new(), 0, 0);
    for number in 0..2_000_i64 {
        let by = if number * 7 % 5 < 2 { 3 } else { -2 };
        let purses = &purses[usize::from(number * 11 % 7 < 3)];
        let changed = purses.execute(id, |purse| {
            let is_allowed = purse.balance + by >= 0;
            is_allowed.then_some(Changed { by }).ok_or(TooLittle)
        });
        match changed.await {
            Ok(_) if balance + by >= 0 => balance += by,
            Err(ExecuteError::Refused(TooLittle)) if balance + by < 0 => {}
            Ok(_) => {
                balance += by;
                wrong += 1;
            }
            Err(_) => wrong += 1,
        }
    }
    let kept = Repository::<Purse>::new(store).load(id).await.unwrap();
    assert_eq!(kept.balance, balance);
    wrong
}

#[tokio::test]
async fn stale_reads_make_no_decision_wrong() {
    assert_eq!(wrong_answers(|store| Stale::new(store.clone())).await, 0);
    let noticed = wrong_answers(|store| Stale::always_stale(store.clone())).await;
    assert!(noticed > 0, "the store is not stale enough for this test");
}

async fn change(store: &MemoryStore) {
    let purses = Repository::<Purse>::new(store.clone());
    let changed = purses.execute(Id::new(), |_| Ok::<_, TooLittle>(Changed { by: 1 }));
    changed.await.unwrap();
}

/// The positions that a subscription hands out while events are appended one by one. It waits in vain
/// where a wake-up was missed.
async fn handed_out(store: &MemoryStore, stale: Stale) -> Option<Vec<u64>> {
    let mut events = Subscription::<Changed>::after(LocalBus::new(stale), Horizon::START);
    let mut positions = Vec::new();
    for _ in 0..300 {
        change(store).await;
        let next = tokio::time::timeout(Duration::from_millis(500), events.next());
        let recorded = next.await.ok()?.unwrap().unwrap();
        positions.push(recorded.position().offset().get());
    }
    Some(positions)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_misses_no_wake_up_over_stale_reads() {
    let all: Vec<u64> = (1..=300).collect();
    let store = MemoryStore::new();
    assert_eq!(
        handed_out(&store, Stale::new(store.clone())).await,
        Some(all)
    );

    let store = MemoryStore::new();
    let noticed = handed_out(&store, Stale::always_stale(store.clone())).await;
    assert_eq!(noticed, None, "the store is not stale enough for this test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_and_a_reactor_take_each_event_once_over_stale_reads() {
    let (store, models, teller) = (
        MemoryStore::new(),
        MemoryReadModels::new(),
        Teller::default(),
    );
    for _ in 0..20 {
        change(&store).await;
    }
    let runner = Runner::new(Stale::new(store.clone()), models.clone());
    let runner = runner.project::<Changes>().react(teller.clone());
    let running = runner.start().await.unwrap();
    for _ in 0..200 {
        change(&store).await;
    }
    let changes = ReadModel::<Changes>::new(Stale::new(store.clone()), models);
    let head = store.head().await.unwrap().position();
    let waited = changes.wait_for(head, Duration::from_secs(10)).await;
    assert_eq!(waited.unwrap(), eventsource_core::WaitOutcome::Reached);
    assert_eq!(changes.count().await.unwrap(), 220);
    for _ in 0..1_000 {
        if teller.positions.lock().unwrap().len() >= 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.stop().await;
    // From now on, when it was started: the events before are no news.
    let expected: Vec<u64> = (21..=220).collect();
    assert_eq!(*teller.positions.lock().unwrap(), expected);
}
