use std::time::Duration;

use eventsource_core::{
    Aggregate, Apply, ExecuteError, Id, Loaded, MemoryReadModels, MemoryStore, ReadError,
    ReadModelError, Repository, Runner, WaitOutcome,
};

use crate::meters::{MeterEvent, Usage, usage};

const LONG: Duration = Duration::from_secs(20);

#[derive(Aggregate, Default)]
#[aggregate(event = MeterEvent)]
struct Meter;

impl Apply<MeterEvent> for Meter {
    fn apply(&mut self, _: MeterEvent) {}
}

#[derive(Debug, thiserror::Error)]
#[error("too much")]
struct TooMuch;

fn reading(units: u64) -> Result<MeterEvent, TooMuch> {
    let place = "kitchen".to_owned();
    let reading = MeterEvent::Read { place, units };
    (units < 1_000).then_some(reading).ok_or(TooMuch)
}

#[tokio::test]
async fn whoever_waits_finds_his_own_write_in_the_rows() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    let meters =
        Repository::<Meter>::new(store.clone()).with_read_models(store.clone(), models.clone());
    let usage = usage(&store, &models);
    for units in 1..=20 {
        let read = meters.execute(Id::new(), |_| reading(units));
        let seen = read.seen_by::<Usage>(LONG).await.unwrap();
        assert_eq!(seen.wait.unwrap(), WaitOutcome::Reached);
        let row = usage.get("kitchen").await.unwrap().unwrap();
        assert_eq!(row.reads, units);
    }
    running.stop().await;
}

/// The log of the read models has another event at the position of the one that is waited for.
#[tokio::test]
async fn what_is_stored_elsewhere_is_not_seen() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let followed = Repository::<Meter>::new(store.clone());
    followed.execute(Id::new(), |_| reading(1)).await.unwrap();
    let runner = Runner::new(store.clone(), models.clone()).project::<Usage>();
    runner.catch_up().await.unwrap();
    let elsewhere = Repository::<Meter>::new(MemoryStore::new()).with_read_models(store, models);
    let read = elsewhere.execute(Id::new(), |_| reading(2));
    let seen = read.seen_by::<Usage>(LONG).await.unwrap();
    let refused = seen.wait.unwrap_err();
    let is_other = matches!(
        refused,
        ReadModelError::Read(ReadError::OtherHistory { .. })
    );
    assert!(is_other, "{refused}");
}

#[tokio::test]
async fn what_is_stored_is_stored_though_nobody_sees_it() {
    let store = MemoryStore::new();
    let meters =
        Repository::<Meter>::new(store.clone()).with_read_models(store, MemoryReadModels::new());
    let id = Id::new();
    let read = meters.execute(id, |_| reading(1));
    let seen = read.seen_by::<Usage>(Duration::from_millis(20)).await;
    let seen = seen.unwrap();
    assert_eq!(seen.wait.unwrap(), WaitOutcome::Timeout);
    assert_eq!(
        Loaded::revision(&meters.load(id).await.unwrap()),
        seen.receipt.revision()
    );
}

#[tokio::test]
async fn without_read_models_nothing_is_decided() {
    let meters = Repository::<Meter>::new(MemoryStore::new());
    let id = Id::new();
    let read = meters.execute(id, |_| reading(1));
    let error = read.seen_by::<Usage>(LONG).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Targets { .. }), "{error}");
    assert!(meters.find(id).await.unwrap().is_none());
}
