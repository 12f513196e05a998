//! Many projections that follow the head.

use std::time::Duration;

use eventsource_core::codec::DecodeError;
use eventsource_core::event::EventType;
use eventsource_core::projection::{EventProjection, ProjectsEvent, Steps};
use eventsource_core::store::{StoreErrorKind, StoredEvent};
use eventsource_core::{
    EventLog, EventSet, MemoryReadModels, MemoryStore, Project, Projection, ReadModel, Recorded,
    Runner, WaitOutcome,
};
use serde::{Deserialize, Serialize};

use crate::flaky::Flaky;
use crate::meters::{MeterEvent, read};

const NAMES: [&str; 21] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t", "u",
];

/// Counts the readings: as many projections as there are numbers.
#[derive(Default, Serialize, Deserialize)]
struct Reads<const N: usize>(u64);

impl<const N: usize> Projection for Reads<N> {
    const NAME: &'static str = NAMES[N];
    const VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["all"];
}

impl<const N: usize> EventProjection for Reads<N> {
    const EVENTS: &'static [&'static [EventType]] = &[MeterEvent::EVENTS];

    fn read(event: &StoredEvent<'_>, steps: &mut Steps<Self>) -> Result<(), DecodeError> {
        steps.project::<MeterEvent, _, _>(event, |_| "all")
    }
}

impl<const N: usize> ProjectsEvent<MeterEvent> for Reads<N> {}

impl<const N: usize> Project<MeterEvent> for Reads<N> {
    fn project(&mut self, _: &Recorded<MeterEvent>) {
        self.0 += 1;
    }
}

/// A machine that is busy gathers events without being asked to, so the opposite cannot be tested
/// this way.
#[tokio::test]
async fn many_projections_take_the_events_of_a_moment_together() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let recording = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
    let mut runner = Runner::new(store.clone(), recording.clone());
    macro_rules! project {
        ($($number:literal)*) => { $(runner = runner.project::<Reads<$number>>();)* };
    }
    project!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20);
    let running = runner.start().await.unwrap();
    let first = ReadModel::<Reads<0>>::new(store.clone(), models);
    let seen = async || {
        let head = store.head().await.unwrap().position();
        first.wait_for(head, Duration::from_secs(20)).await.unwrap()
    };
    assert_eq!(seen().await, WaitOutcome::Reached);
    let before = recording.written.lock().unwrap().len();
    for units in 0..100 {
        read(&store, "kitchen", units).await;
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
    assert_eq!(seen().await, WaitOutcome::Reached);
    let writes = recording.written.lock().unwrap().len() - before;
    assert_eq!(first.get("all").await.unwrap().unwrap().0, 100);
    assert!(writes < 21 * 80, "{writes} writes");
    running.stop().await;
}
