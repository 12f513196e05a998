use std::time::Duration;

use eventsource_core::bus::EventBatch;
use eventsource_core::read_model::{ClaimError, Generation, Model, RunState, Table};
use eventsource_core::runner::{
    BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError,
};
use eventsource_core::store::{BoxFuture, Commit, NewEvent, StoreErrorKind, copy};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, EventLog, MemoryReadModels, MemoryStore, Query, ReadModel, ReadModelError,
    ReadModelStore, Runner, StreamId, StreamStore, WaitOutcome,
};

use crate::flaky::Flaky;
use crate::meters::{MeterEvent, Strict, Usage, append, read, truth, usage};
use crate::slow::Slow;

const LONG: Duration = Duration::from_secs(20);

fn strict(store: &MemoryStore, models: &MemoryReadModels) -> ReadModel<Strict> {
    ReadModel::new(store.clone(), models.clone())
}

#[tokio::test]
async fn where_errors_stop_the_projection_it_says_where() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    read(&store, "kitchen", 666).await;
    read(&store, "kitchen", 1).await;
    let running = Runner::new(store.clone(), models.clone())
        .project::<Strict>()
        .start()
        .await
        .unwrap();
    let waited = strict(&store, &models)
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    let WaitOutcome::Stopped(reason) = waited else {
        panic!("{waited:?}");
    };
    assert_eq!(
        reason,
        "a row of `strict` failed at position 2: an evil number"
    );
    assert_eq!(running.status()[0].state, RunState::Stopped(reason));
    running.stop().await;
}

#[tokio::test]
async fn a_replay_that_is_cut_is_an_error() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    read(&store, "kitchen", 666).await;
    let runner = Runner::new(store.clone(), models.clone()).project::<Strict>();
    let error = runner.catch_up().await.unwrap_err();
    assert!(matches!(error, ProjectionError::Failed { .. }), "{error}");
    let unread = strict(&store, &models).get("kitchen").await;
    let unread = unread.unwrap_err();
    assert!(
        matches!(unread, ReadModelError::Rebuilding { .. }),
        "{unread}"
    );
}

#[tokio::test]
async fn a_panic_is_an_error_like_others() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    read(&store, "kitchen", 777).await;
    let running = Runner::new(store.clone(), models.clone())
        .project::<Strict>()
        .start()
        .await
        .unwrap();
    let waited = strict(&store, &models)
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    let WaitOutcome::Stopped(reason) = waited else {
        panic!("{waited:?}");
    };
    let said =
        "a row of `strict` failed at position 2: it panicked: an unlucky number (stream meter/";
    assert!(
        reason.starts_with(said) && reason.ends_with(", version 1)"),
        "{reason}"
    );
    running.stop().await;
}

/// Work of a backend's own that panics as soon as it is asked, or as soon as it is given events.
struct Panicking {
    when_asked: bool,
}

impl BatchProcessor for Panicking {
    fn model(&self) -> Model {
        Model::new("panicking", 1, vec![Table::of::<Usage>()])
    }

    fn query(&self) -> Query {
        assert!(!self.when_asked, "an unlucky question");
        Query::all()
    }

    fn process<'a>(
        &'a mut self,
        _: &'a EventBatch,
        _: &'a ParkedKeys,
        _: Generation,
        _: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        panic!("an unlucky event")
    }
}

#[tokio::test]
async fn work_that_panics_at_once_stops_and_says_so() {
    for (when_asked, said) in [(true, "an unlucky question"), (false, "an unlucky event")] {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        read(&store, "kitchen", 1).await;
        let work = Pipeline::new(move || Panicking { when_asked });
        let running = Runner::new(store, models).run(work).start().await.unwrap();
        let stopped = RunState::Stopped(format!("panicked after position 0: {said}"));
        let stops = async {
            while running.status()[0].state != stopped {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, stops).await.unwrap();
        running.stop().await;
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stops_the_projection_with_its_name_and_place() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let stream = StreamId::new("meter", Uuid::nil());
    let event = NewEvent::new(stream, "meter.read", 1, Codec::Json, b"{}".to_vec());
    store
        .append(Commit::new(Uuid::now_v7(), vec![event]))
        .await
        .unwrap();
    let runner = Runner::new(store.clone(), models).project::<Usage>();
    let error = runner.catch_up().await.unwrap_err();
    let expected = "event `meter.read` at position 1 \
        (meter/00000000-0000-0000-0000-000000000000, version 1) cannot be read";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[tokio::test]
async fn a_failure_that_does_not_pass_stops_the_projection() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let flaky = Flaky::new(models.clone(), StoreErrorKind::Corrupt, 1);
    read(&store, "kitchen", 1).await;
    let running = Runner::new(store.clone(), flaky)
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    let waited = usage(&store, &models)
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    assert_eq!(
        waited,
        WaitOutcome::Stopped("the disk is on strike".to_owned())
    );
    running.stop().await;
}

#[tokio::test]
async fn a_model_of_another_store_is_refused() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .catch_up()
        .await
        .unwrap();
    let other = MemoryStore::new();
    copy(&store, &other).await.unwrap();
    let error = Runner::new(other, models)
        .project::<Usage>()
        .catch_up()
        .await
        .unwrap_err();
    assert!(
        matches!(error, ProjectionError::Claim(ClaimError::OtherStore { .. })),
        "{error}"
    );
}

/// The runner saves its progress past irrelevant events while it waits for the next page.
#[tokio::test]
async fn a_store_that_takes_its_time_is_read_to_its_head() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    append(&store, &[MeterEvent::Noted {}]).await;
    append(&store, &[MeterEvent::Noted {}]).await;
    read(&store, "kitchen", 1).await;
    let slow = Slow(store.clone(), Duration::from_millis(80));
    let runner = Runner::new(slow, models.clone()).in_pages_of(1);
    runner.project::<Usage>().catch_up().await.unwrap();
    assert_eq!(
        usage(&store, &models).page(None, 10).await.unwrap(),
        truth(&store).await
    );
}

/// Without debug assertions the reader gets the error.
#[cfg(debug_assertions)]
#[tokio::test]
async fn a_row_that_cannot_be_read_back_is_not_stored() {
    use eventsource_core::{Project, Projection, Recorded};

    #[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
    #[projection(name = "mean", version = 1, key = place, event = MeterEvent(Read), stop_on_error)]
    struct Mean {
        of: f64,
    }

    impl Project<MeterEvent> for Mean {
        fn project(&mut self, _: &Recorded<MeterEvent>) {
            self.of = f64::NAN;
        }
    }

    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let runner = Runner::new(store, models).project::<Mean>();
    assert_eq!(
        runner.catch_up().await.unwrap_err().to_string(),
        "a row of `mean` cannot be written: \
         serde writes what it cannot read, such as a NaN: line 1, column 10"
    );
}

#[tokio::test]
async fn a_key_with_more_parts_than_names_is_told_how_to_name_them() {
    use eventsource_core::{Project, Projection, Recorded};

    #[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
    #[projection(name = "pairs", version = 1, key = Self::pair, event = MeterEvent)]
    struct Pairs;

    impl Pairs {
        fn pair(_: &Recorded<MeterEvent>) -> (&'static str, i64) {
            ("one", 2)
        }
    }

    impl Project<MeterEvent> for Pairs {
        fn project(&mut self, _: &Recorded<MeterEvent>) {}
    }

    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let runner = Runner::new(store, models).project::<Pairs>();
    assert_eq!(
        runner.catch_up().await.unwrap_err().to_string(),
        "a key of `pairs` version 1 has 1 part(s), this one has 2; \
         a projection names each of them: `columns(..)`"
    );
}
