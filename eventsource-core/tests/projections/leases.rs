use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventsource_core::read_model::{
    Claim, ClaimOutcome, Generation, Lease, Model, ModelId, Progress, RunState, Table, Writer,
};
use eventsource_core::runner::{Pipeline, ProjectionError};
use eventsource_core::store::{BoxFuture, StoreErrorKind};
use eventsource_core::testing::TestEnvironment;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, Lane};
use eventsource_core::{
    EventLog, Health, MemoryReadModels, MemoryStore, Position, ReadModelStore, Runner, Running,
    Timestamp, WaitOutcome,
};
use tokio::time::{Instant, sleep, timeout};

use crate::flaky::Flaky;
use crate::meters::{Often, Usage, read, spoil, truth, usage};
use crate::pausing::Pausing;

const LONG: Duration = Duration::from_secs(60);
const TTL: Duration = Duration::from_secs(2);

async fn start(store: &MemoryStore, models: &MemoryReadModels) -> Running {
    let runner = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .lease(TTL);
    runner.project::<Usage>().start().await.unwrap()
}

async fn start_five(store: &MemoryStore, models: &MemoryReadModels) -> Vec<Running> {
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(start(store, models).await);
    }
    all
}

fn state(running: &Running) -> RunState {
    running.status().remove(0).state
}

async fn until(holds: impl Fn() -> bool) {
    let held = async {
        while !holds() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(LONG, held).await.expect("it comes to that");
}

/// Waits until one follows and the others are standbys, and returns the one that follows.
async fn active(all: &[Running]) -> usize {
    let count = |wanted: RunState| all.iter().filter(|one| state(one) == wanted).count();
    until(|| count(RunState::Running) == 1 && count(RunState::Standby) == all.len() - 1).await;
    let active = all.iter().position(|one| state(one) == RunState::Running);
    active.expect("one follows")
}

fn model() -> Model {
    Model::new("usage", 1, vec![Table::of::<Usage>()])
}

fn writer(epoch: u64) -> Writer {
    Writer::new(model().id, Generation::Serving, epoch)
}

async fn progress(models: &impl ReadModelStore) -> Progress {
    let progress = models
        .progress(model().id, Generation::Serving)
        .await
        .unwrap();
    progress.expect("it was claimed")
}

/// A runner that does nothing but to claim the model.
async fn claimed(store: &MemoryStore, models: &MemoryReadModels, seen: Option<Lease>) -> Progress {
    let mut claim = Claim::new(model(), Generation::Serving, store.log_id(), Uuid::now_v7());
    (claim.ttl, claim.seen) = (TTL, seen);
    match models.claim(claim).await.unwrap() {
        ClaimOutcome::Granted(progress) => progress,
        ClaimOutcome::Denied(lease) => panic!("{lease:?}"),
    }
}

async fn beats(models: &MemoryReadModels, epoch: u64, times: u32) {
    for _ in 0..times {
        sleep(TTL / 4).await;
        models.heartbeat(writer(epoch)).await.unwrap();
    }
}

async fn settled(store: &MemoryStore, models: &MemoryReadModels) {
    let (usage, head) = (usage(store, models), store.head().await.unwrap());
    assert_eq!(
        usage.wait_for(head.position(), LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(usage.page(None, 100).await.unwrap(), truth(store).await);
}

#[tokio::test(start_paused = true)]
async fn of_five_that_start_one_follows_and_the_others_stand_by() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let all = start_five(&store, &models).await;
    let first = active(&all).await;
    for number in 0..100 {
        read(&store, &format!("room {}", number % 3), number).await;
        sleep(TTL / 5).await;
        assert_eq!(active(&all).await, first);
    }
    assert_eq!(progress(&models).await.checkpoint.epoch, 1);
    settled(&store, &models).await;
    let head = store.head().await.unwrap();
    sleep(TTL).await;
    for one in &all {
        assert_eq!(one.status()[0].position, head.position());
    }
}

#[tokio::test(start_paused = true)]
async fn who_stops_or_is_dropped_hands_over_at_once() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let mut all = start_five(&store, &models).await;
    while all.len() > 1 {
        let gone = all.remove(active(&all).await);
        let started = Instant::now();
        if all.len().is_multiple_of(2) {
            gone.stop().await;
        } else {
            drop(gone);
        }
        active(&all).await;
        let took = started.elapsed();
        assert!(took < TTL / 20, "{took:?}");
        read(&store, "kitchen", 1).await;
        settled(&store, &models).await;
    }
    all.remove(0).stop().await;
    let left = progress(&models).await;
    assert_eq!((left.lease, left.state), (None, RunState::Idle));
}

/// Stopped, dropped, or not waited for any more, before it hears that it got the lease.
#[tokio::test(start_paused = true)]
async fn who_ends_while_it_claims_gives_the_lease_up() {
    for how in 0..3 {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        let slow = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
        slow.next_claim.store(100, Ordering::SeqCst);
        let runner = Runner::new(store.clone(), slow)
            .in_environment(TestEnvironment)
            .lease(TTL);
        let runner = runner.project::<Usage>();
        let short = Duration::from_millis(50);
        if how == 0 {
            timeout(short, runner.catch_up()).await.unwrap_err();
        } else {
            let running = runner.start().await.unwrap();
            sleep(short).await;
            assert!(progress(&models).await.lease.is_some());
            match how {
                1 => running.stop().await,
                _ => drop(running),
            }
        }
        sleep(TTL / 10).await;
        assert_eq!(progress(&models).await.lease, None, "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_one_that_is_gone_without_a_word_another_takes_over_after_the_lease() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let killed = claimed(&store, &models, None).await.checkpoint;
    let all = start_five(&store, &models).await;
    beats(&models, killed.epoch, 20).await;
    assert!(all.iter().all(|one| state(one) == RunState::Standby));
    let last_beat = Instant::now();
    active(&all).await;
    let took = last_beat.elapsed();
    assert!(TTL <= took && took < TTL * 3 / 2, "{took:?}");
    assert_eq!(progress(&models).await.checkpoint.epoch, killed.epoch + 1);
    settled(&store, &models).await;
}

/// Each look takes a while, and whenever one is over, something else has moved.
#[tokio::test(start_paused = true)]
async fn other_models_that_move_all_the_time_keep_nobody_from_taking_over() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    claimed(&store, &models, None).await;
    let slow = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
    let moving = tokio::spawn({
        let (models, next_look) = (models.clone(), slow.next_look.clone());
        async move {
            loop {
                next_look.store(3, Ordering::SeqCst);
                let nobody = ModelId::projection("nobody", 1);
                let nobody = Writer::new(nobody, Generation::Serving, 1);
                let moved = models.report(nobody, RunState::Idle);
                moved.await.unwrap();
                sleep(Duration::from_millis(1)).await;
            }
        }
    });
    let runner = Runner::new(store.clone(), slow)
        .in_environment(TestEnvironment)
        .lease(TTL);
    let standby = runner.project::<Usage>().start().await.unwrap();
    let started = Instant::now();
    until(|| state(&standby) == RunState::Running).await;
    let took = started.elapsed();
    assert!(TTL <= took && took < TTL * 3 / 2, "{took:?}");
    moving.abort();
}

/// Neither the standby nor the holder of the lease ran meanwhile.
#[tokio::test(start_paused = true)]
async fn a_standby_that_was_stopped_itself_counts_nothing() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let holder = claimed(&store, &models, None).await.checkpoint;
    let stopped = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
    let runner = Runner::new(store.clone(), stopped.clone())
        .in_environment(TestEnvironment)
        .lease(TTL);
    let standby = runner.project::<Usage>().start().await.unwrap();
    beats(&models, holder.epoch, 8).await;
    stopped.next_look.store(3 * 2_000, Ordering::SeqCst);
    sleep(TTL * 3 + TTL / 8).await;
    assert_eq!(
        stopped.next_look.load(Ordering::SeqCst),
        0,
        "it was stopped"
    );
    beats(&models, holder.epoch, 20).await;
    assert_eq!(state(&standby), RunState::Standby);
    assert_eq!(progress(&models).await.checkpoint.epoch, holder.epoch);
    // The control: when nobody is there, it takes over.
    until(|| state(&standby) == RunState::Running).await;
}

/// Over an hour of waiting for something, and over a loop that lets nothing else run.
#[tokio::test(start_paused = true)]
async fn a_page_that_takes_long_does_not_cost_the_lease() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let start = async || {
        let long = Pausing::pipeline(model(), || sleep(TTL * 20));
        let runner = Runner::new(store.clone(), models.clone())
            .in_environment(TestEnvironment)
            .lease(TTL);
        runner.run(long).start().await.unwrap()
    };
    let all = [start().await, start().await];
    let first = active(&all).await;
    sleep(TTL * 19).await;
    assert_eq!(active(&all).await, first);
    assert_eq!(all[first].status()[0].position, Position::START);
    until(|| all[first].status()[0].position != Position::START).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_keeps_a_thread_does_not_cost_the_lease() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let start = async || {
        let long = Pausing::pipeline(model(), || async {
            std::thread::sleep(Duration::from_millis(1_500));
        });
        let runner = Runner::new(store.clone(), models.clone());
        runner
            .lease(Duration::from_millis(500))
            .run(long)
            .start()
            .await
            .unwrap()
    };
    let all = [start().await, start().await];
    let first = active(&all).await;
    until(|| all[first].status()[0].position != Position::START).await;
    assert_eq!(active(&all).await, first);
    assert_eq!(progress(&models).await.checkpoint.epoch, 1);
}

#[tokio::test(start_paused = true)]
async fn who_was_taken_over_stands_by() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = start(&store, &models).await;
    until(|| state(&running) == RunState::Running).await;
    let seen = progress(&models).await.lease;
    let other = claimed(&store, &models, seen).await.checkpoint;
    read(&store, "kitchen", 1).await;
    until(|| state(&running) == RunState::Standby).await;
    assert_eq!(progress(&models).await.checkpoint, other);
    let released = models.release(writer(other.epoch), RunState::Idle);
    released.await.unwrap();
    settled(&store, &models).await;
    assert_eq!(state(&running), RunState::Running);
}

/// Its owner is gone, and the disk is full.
#[tokio::test(start_paused = true)]
async fn who_cannot_take_a_lease_over_says_why_and_does_not_wait_for_its_owner() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    claimed(&store, &models, None).await;
    let full = Flaky::new(models.clone(), StoreErrorKind::Full, usize::MAX);
    full.keeps_leases.store(true, Ordering::SeqCst);
    let runner = || {
        let runner = Runner::new(store.clone(), full.clone()).in_environment(TestEnvironment);
        runner.lease(TTL).project::<Usage>()
    };
    let running = runner().start().await.unwrap();
    let why = RunState::Retrying("the disk is on strike".to_owned());
    until(|| state(&running) == why).await;
    for _ in 0..1_000 {
        sleep(TTL / 20).await;
        assert_eq!(state(&running), why);
    }
    assert!(matches!(running.health(), Health::Failing(_)));
    let error = runner().catch_up().await.unwrap_err();
    assert_eq!(error.to_string(), "the disk is on strike");
    full.keeps_leases.store(false, Ordering::SeqCst);
    until(|| state(&running) == RunState::Running).await;
}

/// Each tries once, since it may have other code.
#[tokio::test(start_paused = true)]
async fn what_cannot_go_on_anywhere_is_not_handed_round_for_ever() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let all = start_five(&store, &models).await;
    active(&all).await;
    spoil(&store).await;
    let has_stopped = |one: &Running| matches!(state(one), RunState::Stopped(_));
    until(|| all.iter().all(has_stopped)).await;
    sleep(TTL * 5).await;
    let left = progress(&models).await;
    assert_eq!((left.checkpoint.epoch, left.lease), (5, None));
    assert_eq!(left.state, state(&all[0]));
}

#[tokio::test(start_paused = true)]
async fn what_is_twice_in_a_runner_stands_by_for_itself() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let runner = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .project::<Usage>();
    let running = runner.project::<Usage>().start().await.unwrap();
    let states = || running.status().into_iter().map(|status| status.state);
    until(|| states().eq([RunState::Running, RunState::Standby])).await;
    read(&store, "kitchen", 1).await;
    settled(&store, &models).await;
}

#[tokio::test(start_paused = true)]
async fn catching_up_beside_one_that_is_alive_is_refused() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = start(&store, &models).await;
    until(|| state(&running) == RunState::Running).await;
    let owner = progress(&models).await.lease.unwrap().owner;
    let other = Runner::new(store.clone(), models.clone())
        .in_environment(TestEnvironment)
        .project::<Usage>();
    let error = other.catch_up().await.unwrap_err();
    let expected =
        format!("another runner, {owner}, follows `usage` version 1; stop that one first");
    assert_eq!(error.to_string(), expected);
    let is_held = matches!(error, ProjectionError::Held { .. });
    assert!(is_held, "{error:?}");
    running.stop().await;
    other.catch_up().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn catching_up_takes_over_from_one_that_is_gone_and_gives_up_in_any_case() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    claimed(&store, &models, None).await;
    let runner = || {
        Runner::new(store.clone(), models.clone())
            .in_environment(TestEnvironment)
            .lease(TTL)
    };
    let started = Instant::now();
    runner().project::<Usage>().catch_up().await.unwrap();
    assert!(started.elapsed() < TTL * 3 / 2);
    assert_eq!(progress(&models).await.lease, None);

    spoil(&store).await;
    runner().project::<Usage>().catch_up().await.unwrap_err();
    assert_eq!(progress(&models).await.lease, None);

    let dropped = runner().run(Pausing::pipeline(model(), std::future::pending));
    timeout(TTL, dropped.catch_up()).await.unwrap_err();
    tokio::task::yield_now().await;
    assert_eq!(progress(&models).await.lease, None);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_model_that_nobody_can_take_is_told_why() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    start(&store, &models).await.stop().await;
    let runner = || Runner::new(store.clone(), models.clone()).in_environment(TestEnvironment);
    runner().project::<Usage>().catch_up().await.unwrap();
    read(&store, "kitchen", 1).await;
    let pipeline = Pipeline::of::<Usage>().followed_by::<Often>();
    let refused = runner().run(pipeline).start().await.unwrap();
    let waited = usage(&store, &models)
        .wait_for(Position::new(1), LONG)
        .await;
    let WaitOutcome::Stopped(reason) = waited.unwrap() else {
        panic!("{refused:?}");
    };
    assert!(reason.contains("raise its version"), "{reason}");
    let right = start(&store, &models).await;
    until(|| state(&right) == RunState::Running).await;
    settled(&store, &models).await;
    right.stop().await;
    assert_eq!(progress(&models).await.state, RunState::Idle);
}

/// Steps an hour forth or two hours back each time it is asked.
#[derive(Debug)]
struct Jumping(AtomicI64);

impl Environment for Jumping {
    fn now(&self) -> Timestamp {
        const HOUR: i64 = 60 * 60 * 1_000_000;
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        let step = if number % 2 == 0 { HOUR } else { -2 * HOUR };
        Timestamp::from_micros(1_700_000_000_000_000 + step)
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn spawn(&self, lane: Lane, task: BoxFuture<'static, ()>) {
        TestEnvironment.spawn(lane, task);
    }
}

#[tokio::test(start_paused = true)]
async fn clocks_that_jump_by_hours_change_nothing() {
    let jumping = || Jumping(AtomicI64::default());
    let (store, models) = (
        MemoryStore::in_environment(jumping()),
        MemoryReadModels::new(),
    );
    let killed = claimed(&store, &models, None).await.checkpoint;
    let start = async || {
        let runner = Runner::new(store.clone(), models.clone()).in_environment(jumping());
        runner.lease(TTL).project::<Usage>().start().await.unwrap()
    };
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(start().await);
    }
    for number in 0..10 {
        read(&store, "kitchen", number).await;
        beats(&models, killed.epoch, 2).await;
    }
    assert!(all.iter().all(|one| state(one) == RunState::Standby));
    let last_beat = Instant::now();
    let first = active(&all).await;
    assert!(last_beat.elapsed() >= TTL);
    for number in 0..10 {
        read(&store, "kitchen", number).await;
        sleep(TTL).await;
        assert_eq!(active(&all).await, first);
    }
    settled(&store, &models).await;
}
