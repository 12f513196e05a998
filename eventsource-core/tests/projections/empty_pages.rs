//! Rows that are held back in front of a page without events, and cannot be written.

use std::sync::Arc;

use eventsource_core::read_model::{Generation, ModelId};
use eventsource_core::store::{
    BoxFuture, Capabilities, HeadWatch, Limits, LogId, Page, PageBuilder, ReadLog, StoreError,
    StoreErrorKind, StoreId,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    EventLog, Horizon, Key, MemoryReadModels, MemoryStore, Project, Projection, ReadError,
    ReadModel, ReadModelStore, Recorded, Runner, Store, Timestamp,
};
use serde::{Deserialize, Serialize, Serializer};

use crate::flaky::Flaky;
use crate::meters::{MeterEvent, read};

/// A row that cannot be written once it has three readings.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "few", key = place, event = MeterEvent(Read))]
struct Few {
    #[serde(serialize_with = "below_three")]
    reads: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn below_three<S: Serializer>(reads: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    if *reads < 3 {
        serializer.serialize_u64(*reads)
    } else {
        Err(serde::ser::Error::custom("they are too many"))
    }
}

impl Project<MeterEvent> for Few {
    fn project(&mut self, _: &Recorded<MeterEvent>) {
        self.reads += 1;
    }
}

/// A log that does not know of a full page whether more events match. Then the last page is empty.
struct EmptyPages(MemoryStore);

impl Store for EmptyPages {
    fn id(&self) -> StoreId {
        Store::id(&self.0)
    }

    fn environment(&self) -> Arc<dyn Environment> {
        self.0.environment()
    }

    fn limits(&self) -> Limits {
        self.0.limits()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        self.0.now()
    }
}

impl EventLog for EmptyPages {
    fn log_id(&self) -> LogId {
        self.0.log_id()
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let limit = read.max_events;
            let page = self.0.read(read).await?;
            let last = page.last().map(|last| last.horizon());
            let Some(last) = last.filter(|_| page.len() >= limit) else {
                return Ok(page);
            };
            let mut full = PageBuilder::new();
            for event in page.events() {
                full.copy(&event);
            }
            Ok(full.finish(last, false))
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        self.0.head()
    }

    fn watch(&self) -> HeadWatch {
        self.0.watch()
    }
}

fn runner(store: &MemoryStore, models: impl ReadModelStore) -> Runner {
    let runner = Runner::new(EmptyPages(store.clone()), models);
    runner.in_pages_of(2).project::<Few>()
}

#[tokio::test]
async fn a_projection_that_says_that_it_has_caught_up_has_the_rows() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "attic", 1).await;
    runner(&store, models.clone()).catch_up().await.unwrap();
    for place in ["kitchen", "attic", "cellar", "attic"] {
        read(&store, place, 1).await;
    }
    runner(&store, models.clone()).catch_up().await.unwrap();
    let few = ReadModel::<Few>::new(store.clone(), models);
    let parked = few.parked(None, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].position.offset().get(), 5);
    let rows = few.page(None, 10).await.unwrap();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(key, row)| (key, row.reads))
        .collect();
    let expected = [("attic", 2), ("cellar", 1), ("kitchen", 1)];
    assert_eq!(rows, expected.map(|(place, reads)| (Key::of(place), reads)));
}

#[tokio::test]
async fn a_model_that_begins_again_does_not_serve_before_it_is_at_the_head() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for place in ["kitchen", "attic", "cellar", "hall", "attic", "attic"] {
        read(&store, place, 1).await;
    }
    let mut flaky = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
    flaky.hangs_at = Some(2);
    let killed = runner(&store, flaky.clone());
    tokio::select! {
        caught_up = killed.catch_up() => panic!("no write hangs: {caught_up:?}"),
        () = flaky.hangs.notified() => {}
    }
    let progress = models
        .progress(ModelId::of::<Few>(), Generation::Serving)
        .await
        .unwrap();
    let progress = progress.unwrap();
    assert_eq!(progress.checkpoint.at.position().offset().get(), 2);
    assert!(!progress.serving);
}
