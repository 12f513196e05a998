use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventsource_core::read_model::RunState;
use eventsource_core::store::{BoxFuture, StoreErrorKind};
use eventsource_core::testing::TestEnvironment;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, Lane};
use eventsource_core::{
    EventLog, Health, MemoryReadModels, MemoryStore, ProjectAt, Projection, ReadModel, Recorded,
    Runner, Timestamp, WaitOutcome,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::flaky::Flaky;
use crate::ledger::{
    Entry, Ledger, all_parked, fail_account, found, ledger, post, repair_all, truth,
};

const LONG: Duration = Duration::from_secs(60 * 60);

thread_local! {
    static TRIED: RefCell<Vec<Instant>> = RefCell::default();
}

/// Never gets any further, and notes when it was tried.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "patience", keys = Ledger::accounts, columns(account), event = Entry(Booked))]
struct Patience {}

impl ProjectAt<Entry, Result<(), String>> for Patience {
    fn project_at(&mut self, _: &eventsource_core::Key, _: &Recorded<Entry>) -> Result<(), String> {
        TRIED.with_borrow_mut(|tried| tried.push(Instant::now()));
        Err("not yet".to_owned())
    }
}

fn seconds_between_tries() -> Vec<u64> {
    TRIED.with_borrow(|tried| {
        let pauses = tried.windows(2).map(|two| two[1] - two[0]);
        pauses
            .map(|pause| (pause + Duration::from_millis(500)).as_secs())
            .collect()
    })
}

#[tokio::test(start_paused = true)]
async fn a_parked_key_is_tried_after_pauses_that_double_up_to_five_minutes() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    post(&store, &["ann"], 1).await;
    let running = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .project::<Patience>()
        .start()
        .await
        .unwrap();
    sleep(Duration::from_secs(1_300)).await;
    let expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
    assert_eq!(seconds_between_tries(), expected);
    let patience = ReadModel::<Patience>::new(store.clone(), models.clone());
    let parked = patience.parked(None, 1).await.unwrap().remove(0);
    assert_eq!((parked.attempts, parked.reason.as_str()), (12, "not yet"));
    assert_eq!(running.status()[0].parked, 1);
    assert_eq!(running.status()[0].state, RunState::Running);
    running.stop().await;

    // A start tries at once, and knows how often it was tried.
    TRIED.take();
    let started = Instant::now();
    let running = Runner::new(store, models)
        .in_environment(TestEnvironment)
        .project::<Patience>()
        .start()
        .await
        .unwrap();
    sleep(Duration::from_secs(290)).await;
    let tried = TRIED.take();
    assert_eq!(tried.len(), 1);
    assert!(tried[0] - started < Duration::from_secs(1));
    let parked = patience.parked(None, 1).await.unwrap().remove(0);
    assert_eq!(parked.attempts, 13);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_mends_itself_is_worked_off_without_a_word() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    fail_account("ann", 2);
    fail_account("ann", 5);
    let running = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .in_pages_of(2)
        .project::<Ledger>()
        .start()
        .await
        .unwrap();
    for number in 1..=9 {
        post(&store, &["ann", "bob"], number).await;
    }
    let ledger = ledger(&store, &models);
    let head = store.head().await.unwrap();
    let parked = ledger.wait_for(head.position(), LONG).await.unwrap();
    assert_eq!(
        parked,
        WaitOutcome::Parked(eventsource_core::Key::of("ann"))
    );
    assert_eq!(running.status()[0].parked, 1);
    repair_all();
    while running.status()[0].parked > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        ledger.wait_for(head.position(), LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(found(&models, &store).await, truth(&store).await);
    running.stop().await;
}

/// Many keys that fail hold up nobody, and many that are worked off hold up no new event.
#[tokio::test(start_paused = true)]
async fn new_events_are_taken_while_much_waits() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for account in 0..200 {
        fail_account(&format!("a{account}"), 1);
        for number in 1..=20 {
            post(&store, &[&format!("a{account}")], number).await;
        }
    }
    let running = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .in_pages_of(1)
        .project::<Ledger>()
        .start()
        .await
        .unwrap();
    while running.status()[0].parked < 200 {
        tokio::task::yield_now().await;
    }
    repair_all();
    sleep(Duration::from_secs(5 * 60)).await;
    // Each page of new events is taken after at most one of those that waited.
    let parked = ledger(&store, &models);
    parked.unpark_all().await.unwrap();
    for number in 1..=20 {
        post(&store, &["new"], number).await;
        let head = store.head().await.unwrap();
        let waited = parked.wait_for(head.position(), LONG).await.unwrap();
        assert_eq!(waited, WaitOutcome::Reached);
    }
    while running.status()[0].parked > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    let head = store.head().await.unwrap();
    assert_eq!(
        parked.wait_for(head.position(), LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(found(&models, &store).await, truth(&store).await);
    assert_eq!(all_parked(&models, &store).await, []);
    running.stop().await;
}

/// A clock that the test sets, in hours.
#[derive(Clone, Debug, Default)]
struct ManualClock(Arc<AtomicI64>);

impl Environment for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst) * 3_600_000_000)
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn spawn(&self, lane: Lane, task: BoxFuture<'static, ()>) {
        TestEnvironment.spawn(lane, task);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_changes_nothing_but_what_is_noted() {
    let (store, models, clock) = (
        MemoryStore::new(),
        MemoryReadModels::new(),
        ManualClock::default(),
    );
    clock.0.store(10, Ordering::SeqCst);
    post(&store, &["ann"], 1).await;
    let runner = Runner::new(store.clone(), models.clone()).in_environment(clock.clone());
    let running = runner.project::<Patience>().start().await.unwrap();
    for hours in [9, 11, 8, 1_000, 0] {
        clock.0.store(hours, Ordering::SeqCst);
        sleep(Duration::from_secs(6)).await;
    }
    assert_eq!(seconds_between_tries(), [1, 2, 4, 8]);
    let patience = ReadModel::<Patience>::new(store, models);
    let parked = patience.parked(None, 1).await.unwrap().remove(0);
    // At eight; the next one is 16 s away.
    let noted = Timestamp::from_micros(8 * 3_600_000_000 + 16_000_000);
    assert_eq!((parked.attempts, parked.next_attempt), (5, noted));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_parked_key_is_told_in_the_health_until_it_is_free() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    fail_account("ann", 1);
    post(&store, &["ann"], 1).await;
    let runner = Runner::new(store.clone(), models.clone()).in_environment(TestEnvironment);
    let running = runner.project::<Ledger>().start().await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let reason = "`ledger` version 1 has parked 1 key(s), behind which events wait";
    assert_eq!(running.health(), Health::Degraded(reason.to_owned()));
    let standby = Runner::new(store, models)
        .in_environment(TestEnvironment)
        .project::<Ledger>()
        .start()
        .await
        .unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(standby.status()[0].state, RunState::Standby);
    assert_eq!(standby.health(), Health::Degraded(reason.to_owned()));
    repair_all();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(running.health(), Health::Healthy);
    assert_eq!(standby.health(), Health::Healthy);
}

/// Slow retries stand for thousands of unparked keys that still fail.
#[tokio::test(start_paused = true)]
async fn looks_that_take_long_keep_nobody_from_the_events() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let slow = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
    slow.parked_takes.store(90, Ordering::SeqCst);
    let runner = Runner::new(store.clone(), slow.clone()).in_environment(TestEnvironment);
    let running = runner.project::<Ledger>().start().await.unwrap();
    fail_account("ann", 1);
    post(&store, &["ann"], 1).await;
    for number in 0..1_000 {
        post(&store, &["bob"], number).await;
        sleep(Duration::from_millis(10)).await;
    }
    let looks = slow.parked_looks.load(Ordering::SeqCst);
    assert!((5..=12).contains(&looks), "{looks} in ten seconds");

    // What is unparked is seen within a second all the same.
    repair_all();
    sleep(Duration::from_secs(2)).await;
    assert!(ledger(&store, &models).unpark("ann").await.unwrap());
    sleep(Duration::from_millis(1_200)).await;
    assert_eq!(running.status()[0].parked, 0);
    running.stop().await;
}
