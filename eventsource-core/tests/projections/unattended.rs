//! Health that no task of the runner can tell, or that is another runner's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, Model, ModelId, RunState, Table, Write, Writer,
};
use eventsource_core::testing::TestEnvironment;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    EventLog, Health, Horizon, MemoryReadModels, MemoryStore, Position, ReadModelStore, Runner,
    Running, Timestamp,
};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use crate::meters::{Usage, read};

async fn until(holds: impl Fn() -> bool) {
    let held = async {
        while !holds() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let long = Duration::from_secs(60);
    timeout(long, held).await.expect("it comes to that");
}

fn is_failing(running: &Running, why: &str) -> bool {
    matches!(running.health(), Health::Failing(reason) if reason.contains(why))
}

/// A clock that can be put forward.
#[derive(Clone, Debug, Default)]
struct Forward(Arc<AtomicU64>);

impl Environment for Forward {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        SystemEnvironment.uuid()
    }

    fn instant(&self) -> Instant {
        SystemEnvironment.instant() + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A runner that has caught up, on a runtime that nothing drives any more.
fn left(clock: &Forward) -> (Runtime, Running) {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let runner = Runner::new(MemoryStore::new(), MemoryReadModels::new());
    let runner = runner.in_environment(clock.clone()).project::<Usage>();
    let running = runtime.block_on(async {
        let running = runner.start().await.unwrap();
        until(|| running.status()[0].state == RunState::Running).await;
        running
    });
    assert_eq!(running.health(), Health::Healthy);
    (runtime, running)
}

#[test]
fn a_runner_whose_runtime_was_dropped_is_not_well() {
    let (runtime, running) = left(&Forward::default());
    drop(runtime);
    assert!(is_failing(&running, "their runtime has ended"));
}

#[test]
fn a_runner_that_nothing_polls_is_not_well_until_something_does() {
    let clock = Forward::default();
    let (runtime, running) = left(&clock);
    clock.0.store(4, Ordering::SeqCst);
    assert_eq!(running.health(), Health::Healthy);
    clock.0.store(7, Ordering::SeqCst);
    assert!(is_failing(
        &running,
        "nothing has polled the runner for 7 s"
    ));
    runtime.block_on(async {
        until(|| running.health() == Health::Healthy).await;
    });
}

/// A runner of another process, of which nothing is seen but its lease.
async fn take(store: &MemoryStore, models: &MemoryReadModels) -> Checkpoint {
    let model = Model::new("usage", 1, vec![Table::of::<Usage>()]);
    let seen = models
        .progress(model.id.clone(), Generation::Serving)
        .await
        .unwrap();
    let mut claim = Claim::new(model, Generation::Serving, store.log_id(), Uuid::now_v7());
    claim.seen = seen.and_then(|progress| progress.lease);
    match models.claim(claim).await.unwrap() {
        ClaimOutcome::Granted(progress) => progress.checkpoint,
        ClaimOutcome::Denied(lease) => panic!("{lease:?}"),
    }
}

fn is_degraded(running: &Running, why: &str) -> bool {
    matches!(running.health(), Health::Degraded(reason) if reason.contains(why))
}

async fn heartbeat(models: &MemoryReadModels, epoch: u64, times: u32) {
    let writer = Writer::new(ModelId::of::<Usage>(), Generation::Serving, epoch);
    for _ in 0..times {
        models.heartbeat(writer.clone()).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_changes_hands_twice_without_moving_is_told() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    take(&store, &models).await;
    let runner = Runner::new(store.clone(), models.clone()).in_environment(TestEnvironment);
    let standby = runner.project::<Usage>().start().await.unwrap();
    until(|| standby.status()[0].state == RunState::Standby).await;
    // However often that happens while there is nothing to do.
    for _ in 0..3 {
        let epoch = take(&store, &models).await.epoch;
        heartbeat(&models, epoch, 1).await;
        assert_eq!(standby.health(), Health::Healthy);
    }
    read(&store, "kitchen", 1).await;
    sleep(Duration::from_secs(1)).await;
    let epoch = take(&store, &models).await.epoch;
    heartbeat(&models, epoch, 1).await;
    assert_eq!(standby.status()[0].takeovers, 1);
    assert_eq!(standby.health(), Health::Healthy);
    let epoch = take(&store, &models).await.epoch;
    heartbeat(&models, epoch, 1).await;
    assert!(is_degraded(
        &standby,
        "was taken over 2 times at position 0 of 1"
    ));
    // It is left alone, so that this one takes over, and goes on.
    until(|| standby.status()[0].state == RunState::Running).await;
    until(|| standby.health() == Health::Healthy).await;
    assert_eq!(standby.status()[0].takeovers, 0);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_stands_in_another_runner_is_told_while_events_wait() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let epoch = take(&store, &models).await.epoch;
    let runner = Runner::new(store.clone(), models.clone()).in_environment(TestEnvironment);
    let standby = runner.project::<Usage>().start().await.unwrap();
    heartbeat(&models, epoch, 20).await;
    assert_eq!(standby.status()[0].state, RunState::Standby);
    assert_eq!(standby.health(), Health::Healthy);
    read(&store, "kitchen", 1).await;
    heartbeat(&models, epoch, 4).await;
    assert_eq!(standby.health(), Health::Healthy);
    heartbeat(&models, epoch, 4).await;
    assert!(is_degraded(&standby, "has stood at position 0 of 1"));
    let model = Model::new("usage", 1, vec![Table::of::<Usage>()]);
    let from = Checkpoint::new(Horizon::START, epoch);
    let write = Write::new(
        model,
        Generation::Serving,
        from,
        Horizon::unchecked(Position::new(1)),
    );
    models.write(write).await.unwrap();
    heartbeat(&models, epoch, 2).await;
    assert_eq!(standby.health(), Health::Healthy);
}
