//! Events in one file, and read models in another: an older backup of the events is restored, and
//! appended to beyond the checkpoints. No reader skips the new events in silence.

mod support;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::runner::ProjectionError;
use eventsource_core::store::ReadLog;
use eventsource_core::{
    Aggregate, Apply, Delivery, EventLog, Horizon, Id, LocalBus, Position, Project, Projection,
    Query, React, Reactor, ReadError, ReadModel, ReadModelError, Receipt, Recorded, Repository,
    Runner, Subscription, SubscriptionError, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};
use support::open;
use tokio::time::timeout;

#[event(name = "tally.counted")]
struct Counted {
    by: i64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Counted))]
struct Tally;

impl Apply<Counted> for Tally {
    fn apply(&mut self, _: Counted) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "sums", version = 1, key = Self::key, events(Counted))]
struct Sum {
    events: u64,
    sum: i64,
}

impl Sum {
    fn key(_: &Recorded<Counted>) -> &'static str {
        "all"
    }
}

impl Project<Counted> for Sum {
    fn project(&mut self, recorded: &Recorded<Counted>) {
        self.events += 1;
        self.sum += recorded.event.by;
    }
}

#[derive(Clone, Default, Reactor)]
#[reactor(name = "tellers", events(Counted))]
struct Teller {
    amounts: Arc<Mutex<Vec<i64>>>,
}

impl React<Counted> for Teller {
    type Error = std::convert::Infallible;

    async fn react(&self, recorded: &Recorded<Counted>, _: &Delivery) -> Result<(), Self::Error> {
        self.amounts.lock().unwrap().push(recorded.event.by);
        Ok(())
    }
}

async fn count(store: &SqliteStore, by: i64) -> Receipt {
    let tallies = Repository::<Tally>::new(store.clone());
    let counted = tallies.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(Counted { by }));
    counted.await.unwrap()
}

/// One event in the backup and two more after it, all of them read.
struct Lost {
    _folder: tempfile::TempDir,
    backup: PathBuf,
    models: SqliteStore,
    teller: Teller,
    /// The end of what a subscription had read.
    horizon: Horizon,
}

impl Lost {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (store, models) = (
            open(&path("store.db")).await,
            open(&path("models.db")).await,
        );
        let teller = Teller::default();
        // The first start defines the position from which the reactor gets events.
        runner(&store, &models, &teller).catch_up().await.unwrap();
        count(&store, 1).await;
        store.backup(path("backup.db")).await.unwrap();
        count(&store, 10).await;
        let horizon = count(&store, 100).await.horizon();
        runner(&store, &models, &teller).catch_up().await.unwrap();
        assert_eq!(*teller.amounts.lock().unwrap(), [1, 10, 100]);
        store.close().await;
        let backup = path("backup.db");
        Self {
            _folder: folder,
            backup,
            models,
            teller,
            horizon,
        }
    }

    /// Opens the backup and appends beyond the checkpoints.
    async fn restore(&self) -> (SqliteStore, Receipt) {
        let store = open(&self.backup).await;
        for by in [2, 20] {
            count(&store, by).await;
        }
        let last = count(&store, 200).await;
        (store, last)
    }
}

fn runner(store: &SqliteStore, models: &SqliteStore, teller: &Teller) -> Runner {
    Runner::new(store.clone(), models.clone())
        .project::<Sum>()
        .react(teller.clone())
}

fn is_other_history(error: &ProjectionError) -> bool {
    let is = matches!(
        error,
        ProjectionError::ReadModel(ReadModelError::OtherHistory { position, .. })
            if *position == Position::new(3)
    );
    is && error.to_string().contains("was a backup restored?")
}

#[tokio::test]
async fn a_projection_does_not_go_on_with_another_history_and_can_be_rebuilt() {
    let lost = Lost::new().await;
    let (store, receipt) = lost.restore().await;
    let runner = || Runner::new(store.clone(), lost.models.clone()).project::<Sum>();
    let error = runner().catch_up().await.unwrap_err();
    assert!(is_other_history(&error), "{error}");
    assert!(error.to_string().contains("Running::rebuild"), "{error}");

    let sums = ReadModel::<Sum>::new(store.clone(), lost.models.clone());
    let waited = sums.wait_for(receipt.last, Duration::from_millis(50)).await;
    let waited = waited.map(|waited| format!("{waited:?}"));
    assert!(
        waited
            .as_ref()
            .is_err_and(|error| matches!(error, ReadModelError::OtherHistory { .. }))
            || waited.is_ok_and(|it| it.starts_with("Stopped")),
        "it says `Reached`"
    );
    // An event that the checkpoint is beyond was never projected either.
    let early = sums
        .wait_for(Position::new(2), Duration::from_millis(50))
        .await;
    let early = early.unwrap_err();
    assert!(
        matches!(early, ReadModelError::OtherHistory { .. }),
        "{early}"
    );

    // The way out that the error names.
    let running = runner().start().await.unwrap();
    running.rebuild::<Sum>().await.unwrap();
    sums.wait_for(receipt.last, Duration::from_secs(10))
        .await
        .unwrap();
    let sum = sums.get("all").await.unwrap().unwrap();
    assert_eq!((sum.events, sum.sum), (4, 223));
    running.stop().await;
}

/// The rebuilt rows are behind those of the lost history, and stay so.
#[tokio::test]
async fn a_projection_is_rebuilt_over_a_backup_that_has_not_come_so_far() {
    let lost = Lost::new().await;
    let store = open(&lost.backup).await;
    let runner = || Runner::new(store.clone(), lost.models.clone()).project::<Sum>();
    let error = runner().catch_up().await.unwrap_err();
    let is_beyond = matches!(
        error,
        ProjectionError::ReadModel(ReadModelError::BeyondHead { .. })
    );
    assert!(is_beyond, "{error}");
    assert!(error.to_string().contains("Running::rebuild"), "{error}");

    let running = runner().start().await.unwrap();
    let rebuilt = timeout(Duration::from_secs(30), running.rebuild::<Sum>()).await;
    rebuilt.expect("it waits for events").unwrap();
    let appended = count(&store, 2).await;
    let sums = ReadModel::<Sum>::new(store.clone(), lost.models.clone());
    sums.wait_for(appended.last, Duration::from_secs(10))
        .await
        .unwrap();
    let sum = sums.get("all").await.unwrap().unwrap();
    assert_eq!((sum.events, sum.sum), (2, 3));
    running.stop().await;
}

#[tokio::test]
async fn a_reactor_does_not_go_on_with_another_history() {
    let lost = Lost::new().await;
    let (store, _) = lost.restore().await;
    let runner = Runner::new(store, lost.models.clone()).react(lost.teller.clone());
    let error = runner.catch_up().await.unwrap_err();
    assert!(is_other_history(&error), "{error}");
    assert!(error.to_string().contains("another name"), "{error}");
    assert_eq!(lost.teller.amounts.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_subscription_does_not_go_on_with_another_history() {
    let lost = Lost::new().await;
    let (store, receipt) = lost.restore().await;
    let stored = lost.horizon.to_string().parse().unwrap();
    let mut events = Subscription::<Counted>::after(LocalBus::new(store.clone()), stored);
    match events.next().await {
        Some(Err(SubscriptionError::Read(ReadError::OtherHistory { position, .. }))) => {
            assert_eq!(position, Position::new(3));
        }
        other => panic!("{other:?}"),
    }
    assert!(events.next().await.is_none());

    // The control: what both histories have in common is read on from.
    let page = store
        .read(ReadLog::new(Query::all()).limit(1))
        .await
        .unwrap();
    let mut events = Subscription::<Counted>::after(LocalBus::new(store), page.through());
    for by in [2, 20, 200] {
        assert_eq!(events.next().await.unwrap().unwrap().event.by, by);
    }
    assert_eq!(events.horizon(), receipt.horizon());
}

/// A checkpoint that was stored without a commit is taken as it is, and completed by the next write.
#[tokio::test]
async fn a_checkpoint_without_a_commit_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (store, models) = (
        open(&path("store.db")).await,
        open(&path("models.db")).await,
    );
    let runner = || Runner::new(store.clone(), models.clone()).project::<Sum>();
    count(&store, 1).await;
    runner().catch_up().await.unwrap();
    let sums = ReadModel::<Sum>::new(store.clone(), models.clone());
    let first = sums.progress().await.unwrap().unwrap().checkpoint;
    assert!(first.at.commit_id().is_some());
    count(&store, 2).await;
    runner().catch_up().await.unwrap();
    let second = sums.progress().await.unwrap().unwrap().checkpoint;
    assert_eq!(second.at, store.head().await.unwrap());
}

/// Fails for amounts above 10 until it is repaired.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "payers", events(Counted))]
struct Payer {
    paid: Arc<Mutex<Vec<i64>>>,
    is_mended: bool,
}

impl React<Counted> for Payer {
    type Error = &'static str;

    async fn react(&self, recorded: &Recorded<Counted>, _: &Delivery) -> Result<(), Self::Error> {
        if recorded.event.by == 10 && !self.is_mended {
            return Err("no");
        }
        self.paid.lock().unwrap().push(recorded.event.by);
        Ok(())
    }
}

/// The events that wait behind a parked stream are known by their positions.
#[tokio::test]
async fn a_parked_stream_is_not_tried_with_the_events_of_another_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (store, models) = (
        open(&path("store.db")).await,
        open(&path("models.db")).await,
    );
    let payer = Payer::default();
    let runner = |store: &SqliteStore, payer: &Payer| {
        Runner::new(store.clone(), models.clone()).react(payer.clone())
    };
    runner(&store, &payer).catch_up().await.unwrap();
    count(&store, 1).await;
    store.backup(path("backup.db")).await.unwrap();
    for by in [10, 100] {
        count(&store, by).await;
    }
    runner(&store, &payer).catch_up().await.unwrap();
    assert_eq!(*payer.paid.lock().unwrap(), [1, 100]);
    store.close().await;

    let store = open(&path("backup.db")).await;
    for by in [2, 20, 200] {
        count(&store, by).await;
    }
    let mended = Payer {
        is_mended: true,
        ..payer.clone()
    };
    let error = runner(&store, &mended).catch_up().await.unwrap_err();
    assert!(is_other_history(&error), "{error}");
    assert_eq!(*payer.paid.lock().unwrap(), [1, 100]);
}
