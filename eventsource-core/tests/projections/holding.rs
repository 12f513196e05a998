//! Rows that are held back while a projection catches up.

use std::time::Instant;

use eventsource_core::read_model::{Generation, ModelId, Select};
use eventsource_core::runner::Pipeline;
use eventsource_core::store::StoreErrorKind;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{
    Key, MemoryReadModels, MemoryStore, Projection, ReadModel, ReadModelStore, Runner, Timestamp,
};

use crate::flaky::Flaky;
use crate::meters::{MeterEvent, Often, Strict, Usage, append, read, spoil, truth, usage};

const PLACES: [&str; 3] = ["attic", "cellar", "kitchen"];

/// Read models that note each write, and fail at none.
fn recording(models: &MemoryReadModels) -> Flaky {
    Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX)
}

fn runner(store: &MemoryStore, models: &Flaky, page: usize) -> Runner {
    let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
    runner.in_environment(StoppedClock(Instant::now()))
}

/// Lets a runner work up to the write that hangs, and ends it there.
async fn kill(runner: Runner, models: &Flaky) {
    tokio::select! {
        caught_up = runner.catch_up() => panic!("no write hangs: {caught_up:?}"),
        () = models.hangs.notified() => {}
    }
}

/// A clock that stands still, so that no row is written because it is time to.
#[derive(Debug)]
struct StoppedClock(Instant);

impl Environment for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1)
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn instant(&self) -> Instant {
        self.0
    }
}

/// The place of the reading of so many units: one after the other.
fn place_of(units: u64) -> &'static str {
    PLACES[usize::try_from(units % 3).unwrap()]
}

async fn rows(store: &MemoryStore, models: &MemoryReadModels) -> Vec<(Key, Usage)> {
    usage(store, models).page(None, usize::MAX).await.unwrap()
}

async fn position<P: Projection>(models: &MemoryReadModels) -> u64 {
    let progress = models
        .progress(ModelId::of::<P>(), Generation::Serving)
        .await
        .unwrap()
        .unwrap();
    progress.checkpoint.at.position().offset().get()
}

#[tokio::test]
async fn a_row_that_many_batches_change_is_written_once() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for units in 1..=60 {
        for place in PLACES {
            read(&store, place, units).await;
        }
    }
    let recording = recording(&models);
    let usage = runner(&store, &recording, 4).project::<Usage>();
    usage.catch_up().await.unwrap();
    let written = recording.written.lock().unwrap().clone();
    let written: Vec<_> = written
        .iter()
        .map(|(rows, to)| (*rows, to.offset().get()))
        .collect();
    assert_eq!(written, [(3, 180)]);
    assert_eq!(rows(&store, &models).await, truth(&store).await);
}

/// Following projections see one change of a row, from the stored row to the new one.
#[tokio::test]
async fn rows_that_follow_are_written_once_as_well() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for units in 1..=20 {
        for place in &PLACES[..=usize::from(units > 5)] {
            read(&store, place, units).await;
        }
    }
    let recording = recording(&models);
    let followed = Pipeline::of::<Usage>().followed_by::<Often>();
    let runner = runner(&store, &recording, 2).run(followed);
    runner.catch_up().await.unwrap();
    assert_eq!(recording.written.lock().unwrap().len(), 1);
    let often = ReadModel::<Often>::new(store.clone(), models.clone());
    let often = often.page(None, 10).await.unwrap();
    let often: Vec<_> = often
        .iter()
        .map(|(key, row)| (key.integer(0), row.places))
        .collect();
    assert_eq!(often, [(Some(15), 1), (Some(20), 1)]);
}

/// A row that has to leave the buffer takes the others and the checkpoint with it.
#[tokio::test]
async fn rows_are_written_with_their_checkpoint_before_they_are_too_many() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let place = |number: u64| format!("room {number}");
    for thousand in 0..25 {
        let read = |number: u64| {
            let (place, units) = (place(thousand * 1_000 + number), 1);
            MeterEvent::Read { place, units }
        };
        append(&store, &(0..1_000).map(read).collect::<Vec<_>>()).await;
    }
    let mut recording = recording(&models);
    recording.hangs_at = Some(2);
    let first = runner(&store, &recording, 1_000).project::<Usage>();
    kill(first, &recording).await;
    let written = recording.written.lock().unwrap().clone();
    let [(changed, to)] = written[..] else {
        panic!("{written:?} is not one write")
    };
    assert!((16_385..=17_384).contains(&changed), "{changed} rows");
    assert_eq!(to.offset().get(), changed as u64);
    assert_eq!(stored_reads(&models).await, changed as u64);
    recording.hangs_at = None;
    let second = runner(&store, &recording, 1_000).project::<Usage>();
    second.catch_up().await.unwrap();
    assert_eq!(rows(&store, &models).await, truth(&store).await);
}

/// The sum of all rows that are stored, while the model does not serve yet.
async fn stored_reads(models: &MemoryReadModels) -> u64 {
    let table = eventsource_core::read_model::Table::of::<Usage>();
    let keys = (0..25_000).map(|number| Key::of(&format!("room {number}")));
    let select = Select::Keys(keys.collect());
    let rows = models.rows(table, Generation::Serving, select).await;
    let rows = rows.unwrap().rows.into_iter();
    rows.map(|(_, row)| serde_json::from_str::<Usage>(&row).unwrap().reads)
        .sum()
}

#[tokio::test]
async fn a_kill_before_the_rows_are_written_lets_each_event_count_once() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for units in 1..=30 {
        read(&store, place_of(units), units).await;
    }
    let mut recording = recording(&models);
    recording.hangs_at = Some(1);
    let killed = runner(&store, &recording, 2).project::<Usage>();
    kill(killed, &recording).await;
    assert_eq!(position::<Usage>(&models).await, 0);
    recording.hangs_at = None;
    let next = runner(&store, &recording, 2).project::<Usage>();
    next.catch_up().await.unwrap();
    assert_eq!(rows(&store, &models).await, truth(&store).await);
}

/// The rows that were held back before the failure are written once.
#[tokio::test]
async fn an_event_that_fails_behind_rows_that_are_held_back_parks_its_key() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for units in 1..=30 {
        let units = if units == 17 { 666 } else { units };
        read(&store, place_of(units), units).await;
    }
    let recording = recording(&models);
    let runner = runner(&store, &recording, 2).project::<Usage>();
    runner.catch_up().await.unwrap();
    let usage = usage(&store, &models);
    let parked = usage.parked(None, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].position.offset().get(), 17);
    assert_eq!(parked[0].key, Key::of(PLACES[0]));
    let found = rows(&store, &models).await;
    let reads = |place: &str| {
        let row = found.iter().find(|(key, _)| *key == Key::of(place));
        row.map_or(0, |(_, row)| row.reads)
    };
    // 17 would be of the kitchen, and 666 is of the attic: those from there on wait.
    assert_eq!(
        (reads("attic"), reads("cellar"), reads("kitchen")),
        (5, 10, 9)
    );
    // One batch after the other up to the one that failed; then each has an event that waits.
    let written = recording.written.lock().unwrap().len();
    assert!((9..=16).contains(&written), "{written} writes");
}

#[tokio::test]
async fn a_projection_that_stops_has_written_what_came_before() {
    for poison in ["an event that fails", "an event that cannot be read"] {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        for units in 1..=9 {
            read(&store, "kitchen", units).await;
        }
        if poison == "an event that fails" {
            read(&store, "kitchen", 666).await;
        } else {
            spoil(&store).await;
        }
        read(&store, "kitchen", 10).await;
        let runner = runner(&store, &recording(&models), 3).project::<Strict>();
        runner.catch_up().await.unwrap_err();
        assert_eq!(position::<Strict>(&models).await, 9, "{poison}");
    }
}
