use std::time::{Duration, Instant};

use eventsource_core::read_model::{
    Claim, ClaimOutcome, Generation, Model, RunState, Table, Writer,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    EventLog, MemoryReadModels, MemoryStore, Position, ReadError, ReadModelError, ReadModelStore,
    Runner, Timestamp, WaitOutcome,
};

use crate::meters::{Usage, read, spoil, usage};
use crate::with_causes::with_causes;

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn nobody_waits_longer_than_asked() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let usage = usage(&store, &models);
    let started = Instant::now();
    let waited = usage.wait_for(Position::new(1), SHORT).await.unwrap();
    assert_eq!(waited, WaitOutcome::Timeout);
    assert!(started.elapsed() >= SHORT);
}

#[tokio::test]
async fn one_may_wait_for_ever() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let _running = Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    let usage = usage(&store, &models);
    let waited = usage.wait_for(Position::new(1), Duration::MAX).await;
    assert_eq!(waited.unwrap(), WaitOutcome::Reached);
}

#[tokio::test]
async fn a_model_that_was_at_the_head_serves_while_nobody_writes_it() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .catch_up()
        .await
        .unwrap();
    let usage = usage(&store, &models);
    let head = store.head().await.unwrap();
    assert_eq!(
        usage.wait_for(head.position(), SHORT).await.unwrap(),
        WaitOutcome::Reached
    );
    read(&store, "kitchen", 1).await;
    let head = store.head().await.unwrap();
    assert_eq!(
        usage.wait_for(head.position(), SHORT).await.unwrap(),
        WaitOutcome::Timeout
    );
    assert_eq!(usage.get("kitchen").await.unwrap().unwrap().reads, 1);
}

#[tokio::test]
async fn a_model_that_was_never_at_the_head_says_so() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    read(&store, "kitchen", 666).await;
    let model = Model::new("usage", 1, vec![Table::of::<Usage>()]);
    let claim = Claim::new(model, Generation::Serving, store.log_id(), Uuid::now_v7());
    models.claim(claim).await.unwrap();
    let usage = usage(&store, &models);
    let waited = usage.wait_for(Position::new(1), SHORT).await.unwrap();
    let (position, head) = (Position::START, Position::new(2));
    assert_eq!(waited, WaitOutcome::Rebuilding { position, head });
    let error = usage.page(None, 10).await.unwrap_err();
    assert!(
        matches!(error, ReadModelError::Rebuilding { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_waits_for_what_failed_to_catch_up() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    spoil(&store).await;
    let runner = Runner::new(store.clone(), models.clone()).project::<Usage>();
    let error = with_causes(&runner.catch_up().await.unwrap_err());
    let usage = usage(&store, &models);
    let waited = usage.wait_for(Position::new(1), Duration::MAX).await;
    assert_eq!(waited.unwrap(), WaitOutcome::Stopped(error));
}

#[tokio::test]
async fn pages_of_rows_are_complete_and_in_order() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for number in 0..50 {
        read(&store, &format!("room {number:02}"), number).await;
    }
    Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .catch_up()
        .await
        .unwrap();
    let usage = usage(&store, &models);
    let all = usage.page(None, 100).await.unwrap();
    for size in 1..=51 {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = usage.page(after.as_ref(), size).await.unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            rows.extend(page);
        }
        assert_eq!(rows, all, "in pages of {size}");
    }
    assert_eq!(all.len() as u64, usage.count().await.unwrap());
}

/// Gives each store the same id.
#[derive(Debug)]
struct Same;

impl Environment for Same {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}

/// The events are those of a backup, and the rows are not.
#[tokio::test]
async fn after_a_backup_was_restored_whoever_waits_hears_what_the_runner_says() {
    let (lost, restored) = (
        MemoryStore::in_environment(Same),
        MemoryStore::in_environment(Same),
    );
    let models = MemoryReadModels::new();
    for (store, events) in [(&lost, 3), (&restored, 2)] {
        for units in 1..=events {
            read(store, "kitchen", units).await;
        }
    }
    let runner = |store: &MemoryStore| Runner::new(store.clone(), models.clone());
    runner(&lost).project::<Usage>().catch_up().await.unwrap();
    // The control: the store has what the rows hold.
    let waited = usage(&lost, &models)
        .wait_for(Position::new(1), SHORT)
        .await;
    assert_eq!(waited.unwrap(), WaitOutcome::Reached);

    let error = runner(&restored).project::<Usage>().catch_up().await;
    let error = error.unwrap_err().to_string();
    for position in [1, 2, 3, 4] {
        let usage = usage(&restored, &models);
        let waited = usage.wait_for(Position::new(position), SHORT).await;
        let refused = waited.unwrap_err();
        let is_beyond = matches!(refused, ReadModelError::BeyondHead { .. });
        assert!(is_beyond, "{refused}");
        assert_eq!(refused.to_string(), error);
    }
}

#[tokio::test]
async fn waiting_for_an_event_of_another_log_is_refused() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for units in 1..=3 {
        read(&store, "kitchen", units).await;
    }
    let runner = || Runner::new(store.clone(), models.clone());
    runner().project::<Usage>().catch_up().await.unwrap();
    let usage = usage(&store, &models);
    // The control: in its own log it is there.
    let waited = usage.wait_for(Position::new(1), SHORT).await.unwrap();
    assert_eq!(waited, WaitOutcome::Reached);
    for offset in [1, 3, 9] {
        let elsewhere = Position::new(offset).in_log(1);
        let refused = usage.wait_for(elsewhere, SHORT).await.unwrap_err();
        let is_other = matches!(refused, ReadModelError::Read(ReadError::OtherLog { .. }));
        assert!(is_other, "{refused}");
    }
}

#[tokio::test]
async fn whoever_waits_for_rows_of_another_store_hears_what_the_runner_says() {
    let (store, other) = (MemoryStore::new(), MemoryStore::new());
    let models = MemoryReadModels::new();
    for store in [&store, &other] {
        read(store, "kitchen", 1).await;
    }
    let runner = |store: &MemoryStore| Runner::new(store.clone(), models.clone());
    runner(&store).project::<Usage>().catch_up().await.unwrap();
    let error = runner(&other).project::<Usage>().catch_up().await;
    let refused = usage(&other, &models)
        .wait_for(Position::new(1), SHORT)
        .await
        .unwrap_err();
    assert_eq!(refused.to_string(), error.unwrap_err().to_string());
    assert!(matches!(refused, ReadModelError::OtherStore { .. }));
}

#[tokio::test]
async fn whoever_waits_in_vain_hears_why_the_projection_tries_again() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let model = || Model::new("usage", 1, vec![Table::of::<Usage>()]);
    let claim = Claim::new(model(), Generation::Serving, store.log_id(), Uuid::now_v7());
    let ClaimOutcome::Granted(progress) = models.claim(claim).await.unwrap() else {
        panic!("nobody else has it");
    };
    let (epoch, full) = (progress.checkpoint.epoch, "the disk is full".to_owned());
    let retrying = RunState::Retrying(full.clone());
    let writer = Writer::new(model().id, Generation::Serving, epoch);
    models.report(writer, retrying).await.unwrap();
    let waited = usage(&store, &models)
        .wait_for(Position::new(1), SHORT)
        .await;
    assert_eq!(waited.unwrap(), WaitOutcome::Retrying(full));
}
