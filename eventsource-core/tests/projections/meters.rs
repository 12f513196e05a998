//! Meters that are read, and projections of it.

use eventsource_core::store::{Commit, NewEvent, ReadLog};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, EventLog, EventSet, EventStore, Follow, Key, MemoryReadModels, MemoryStore, Project,
    Projection, ReadModel, Recorded, Row, RowChange, StreamId, event,
};
use serde::{Deserialize, Serialize};

#[event]
#[derive(Eq)]
pub(crate) enum MeterEvent {
    Read { place: String, units: u64 },
    Removed { place: String },
    Noted {},
}

/// The readings of a place.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "usage", version = 1, key = Self::place, columns(place), event = MeterEvent)]
pub(crate) struct Usage {
    pub(crate) reads: u64,
    pub(crate) units: u64,
}

impl Usage {
    fn place(recorded: &Recorded<MeterEvent>) -> Option<String> {
        match &recorded.event {
            MeterEvent::Read { place, .. } | MeterEvent::Removed { place } => Some(place.clone()),
            MeterEvent::Noted {} => None,
        }
    }
}

impl Project<MeterEvent, Result<Row, &'static str>> for Usage {
    fn project(&mut self, recorded: &Recorded<MeterEvent>) -> Result<Row, &'static str> {
        match &recorded.event {
            MeterEvent::Read { units: 666, .. } => return Err("an evil number"),
            MeterEvent::Read { units: 777, .. } => panic!("an unlucky number"),
            MeterEvent::Read { units, .. } => {
                self.reads += 1;
                self.units += units;
            }
            MeterEvent::Removed { .. } => return Ok(Row::Delete),
            MeterEvent::Noted {} => {}
        }
        Ok(Row::Keep)
    }
}

/// The same, which goes no further than the first event that fails.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "strict", key = place, event = MeterEvent(Read), stop_on_error)]
pub(crate) struct Strict(pub(crate) Usage);

impl Project<MeterEvent, Result<Row, &'static str>> for Strict {
    fn project(&mut self, recorded: &Recorded<MeterEvent>) -> Result<Row, &'static str> {
        self.0.project(recorded)
    }
}

/// The same, of a later program.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "usage", version = 2, key = place, event = MeterEvent(Read))]
pub(crate) struct UsageV2 {
    pub(crate) highest: u64,
}

impl Project<MeterEvent> for UsageV2 {
    fn project(&mut self, recorded: &Recorded<MeterEvent>) {
        if let MeterEvent::Read { units, .. } = &recorded.event {
            self.highest = self.highest.max(*units);
        }
    }
}

/// The number of places by their number of readings.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "often", version = 1, follows = Usage, keys = Self::reads, columns(reads))]
pub(crate) struct Often {
    pub(crate) places: i64,
}

impl Often {
    fn reads(change: &RowChange<Usage>) -> Vec<i64> {
        let rows = [change.before(), change.after()];
        let reads = rows
            .into_iter()
            .flatten()
            .map(|row| row.reads.cast_signed());
        reads.collect()
    }
}

impl Follow<Usage, Row> for Often {
    fn follow(&mut self, key: &Key, change: &RowChange<Usage>) -> Row {
        let is_here = |row: &Usage| key.integer(0) == Some(row.reads.cast_signed());
        self.places -= i64::from(change.before().is_some_and(is_here));
        self.places += i64::from(change.after().is_some_and(is_here));
        if self.places == 0 {
            Row::Delete
        } else {
            Row::Keep
        }
    }
}

pub(crate) fn usage(store: &MemoryStore, models: &MemoryReadModels) -> ReadModel<Usage> {
    ReadModel::new(store.clone(), models.clone())
}

/// Appends a reading.
pub(crate) async fn read(store: &impl EventStore, place: &str, units: u64) {
    let place = place.to_owned();
    append(store, &[MeterEvent::Read { place, units }]).await;
}

/// Appends what cannot be read, so that no projection goes further.
pub(crate) async fn spoil(store: &impl EventStore) {
    let stream = StreamId::new("meter", Uuid::now_v7());
    let event = NewEvent::new(stream, "meter.read", 1, Codec::Json, b"{}".to_vec());
    let commit = Commit::new(Uuid::now_v7(), vec![event]);
    store.append(commit).await.unwrap();
}

/// Appends events in one commit, to a stream of their own.
pub(crate) async fn append(store: &impl EventStore, events: &[MeterEvent]) {
    let stream = StreamId::new("meter", Uuid::now_v7());
    let events = events.iter().map(|event| {
        let (name, payload) = encoded(&stream, event);
        NewEvent::new(stream.clone(), name, 1, Codec::Json, payload)
    });
    let commit = Commit::new(Uuid::now_v7(), events.collect());
    store.append(commit).await.unwrap();
}

fn encoded(stream: &StreamId, event: &MeterEvent) -> (&'static str, Vec<u8>) {
    use eventsource_core::codec::PayloadContext;
    use eventsource_core::event::AnyEvent;
    let name = event.event_type().name;
    let context = PayloadContext::new(stream, name, 1, Codec::Json);
    (name, event.encode(&context).unwrap())
}

/// The rows as a fold over the whole store gives them.
pub(crate) async fn truth(store: &MemoryStore) -> Vec<(Key, Usage)> {
    use eventsource_core::Query;
    use std::collections::BTreeMap;
    let page = store
        .read(ReadLog::new(Query::all()).limit(usize::MAX))
        .await
        .unwrap();
    let mut rows = BTreeMap::<Key, Usage>::new();
    for event in page.events() {
        MeterEvent::decode(&event.context(), event.payload, &mut |event| match event {
            MeterEvent::Read { place, units } => {
                let row = rows.entry(Key::of(&place)).or_default();
                row.reads += 1;
                row.units += units;
            }
            MeterEvent::Removed { place } => drop(rows.remove(&Key::of(&place))),
            MeterEvent::Noted {} => {}
        })
        .unwrap();
    }
    rows.into_iter().collect()
}
