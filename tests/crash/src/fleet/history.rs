//! Checks of the read models and the side effects against the stored events.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::sync::Arc;

use eventsource_core::read_model::{Generation, ModelId, Select, SelectParked, Table};
use eventsource_core::store::ReadLog;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    EventLog, EventSet, Horizon, Key, Position, Projection, Query, ReadModelError, ReadModelStore,
};
use eventsource_sqlite::SqliteStore;
use serde::de::DeserializeOwned;

use super::{Line, Loaded, OldVehicle, Plate, Rank, Vehicle};
use crate::reactions::Counted;

/// All events of the store.
#[derive(Debug, Default)]
pub struct History {
    loads: Vec<Load>,
    /// The number of `Counted` events for a load, by the position of the load.
    counted: HashMap<u64, u32>,
    head: u64,
}

#[derive(Debug)]
struct Load {
    position: u64,
    version: u64,
    vehicle: Uuid,
    /// The key under which the reactor parks the load.
    stream: Key,
    event: Loaded,
}

/// The events that a model has processed.
#[derive(Clone, Debug)]
pub struct ModelProgress {
    /// The position of its checkpoint.
    pub position: Position,
    /// The parked keys, each with the position of its first parked event.
    pub parked: HashMap<Key, Position>,
}

type Rows<P> = BTreeMap<Key, P>;

impl ModelProgress {
    /// Reads the progress of the model that readers find by this id; `None` if it was never claimed.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub async fn of(store: &SqliteStore, id: ModelId) -> Result<Option<Self>, String> {
        let (after, limit) = (None, usize::MAX);
        let all = SelectParked::After { after, limit };
        match store.parked(id, Generation::Serving, all).await {
            Ok((progress, parked)) => Ok(Some(Self {
                position: progress.checkpoint.at.position(),
                parked: parked.into_iter().map(|it| (it.key, it.position)).collect(),
            })),
            Err(ReadModelError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn has(&self, key: &Key, position: u64) -> bool {
        let waits = self
            .parked
            .get(key)
            .is_some_and(|first| first.offset().get() <= position);
        position <= self.position.offset().get() && !waits
    }
}

impl History {
    /// Reads all events of the store.
    ///
    /// # Errors
    ///
    /// Fails if an event cannot be read or decoded.
    pub async fn read(store: &SqliteStore) -> Result<Self, String> {
        let (mut history, mut after) = (Self::default(), Horizon::START);
        loop {
            let page = store
                .read(ReadLog::new(Query::all()).after(after).limit(10_000))
                .await;
            let page = page.map_err(|error| error.to_string())?;
            for event in page.events() {
                let decoded = history.add(&event);
                decoded.map_err(|error| error.to_string())?;
            }
            after = page.through();
            if page.is_complete() {
                history.head = after.position().offset().get();
                return Ok(history);
            }
        }
    }

    fn add(
        &mut self,
        stored: &eventsource_core::store::StoredEvent<'_>,
    ) -> Result<(), eventsource_core::codec::DecodeError> {
        if stored.stream.category() == "vehicle" {
            let load = |event| Load {
                position: stored.position.offset().get(),
                version: stored.version,
                vehicle: stored.stream.root_id(),
                stream: Key::of(stored.stream),
                event,
            };
            let add = &mut |event| self.loads.push(load(event));
            return EventSet::decode(&stored.context(), stored.payload, add);
        }
        let add = &mut |event: Counted| *self.counted.entry(event.position).or_default() += 1;
        EventSet::decode(&stored.context(), stored.payload, add)
    }

    /// The position of the last load.
    #[must_use]
    pub fn last_load(&self) -> u64 {
        self.loads.last().map_or(0, |load| load.position)
    }

    /// Checks that the rows of each model are the fold of the events that it has processed.
    ///
    /// # Errors
    ///
    /// Describes the rows that differ.
    pub async fn check_rows(&self, store: &SqliteStore) -> Result<(), String> {
        let old = |vehicle: &mut OldVehicle, load: &Load| vehicle.weight += load.event.weight;
        self.check_model(store, old).await?;
        let new = |vehicle: &mut Vehicle, load: &Load| {
            vehicle.loads += 1;
            vehicle.heaviest = vehicle.heaviest.max(load.event.weight);
            vehicle.last = load.position;
        };
        if let Some(vehicles) = self.check_model(store, new).await? {
            let mut ranks = Rows::<Rank>::new();
            for vehicle in vehicles.values() {
                ranks.entry(Key::of(&vehicle.tens())).or_default().vehicles += 1;
            }
            compare(&rows(store).await?, &ranks)?;
        }
        self.check_plates(store).await
    }

    /// Checks the rows of one model and returns them, if the model was claimed.
    async fn check_model<P>(
        &self,
        store: &SqliteStore,
        take: impl Fn(&mut P, &Load),
    ) -> Result<Option<Rows<P>>, String>
    where
        P: Projection + DeserializeOwned + Default + PartialEq + Debug,
    {
        let Some(progress) = ModelProgress::of(store, ModelId::of::<P>()).await? else {
            return Ok(None);
        };
        let mut expected = Rows::<P>::new();
        for load in &self.loads {
            let key = Key::of(&load.vehicle);
            if progress.has(&key, load.position) {
                take(expected.entry(key).or_default(), load);
            }
        }
        let rows = rows(store).await?;
        compare(&rows, &expected)?;
        Ok(Some(rows))
    }

    /// Checks the rows of the inline projection, if it is registered.
    async fn check_plates(&self, store: &SqliteStore) -> Result<(), String> {
        let Some(progress) = ModelProgress::of(store, ModelId::of::<Plate>()).await? else {
            return Ok(());
        };
        let mut plates = Rows::<Plate>::new();
        let is_taken = |load: &&Load| load.position <= progress.position.offset().get();
        for load in self.loads.iter().filter(is_taken) {
            let Some(number) = load.event.plate else {
                continue;
            };
            let plate = plates.entry(Key::of(&number)).or_default();
            if *plate.owner.get_or_insert(load.vehicle) != load.vehicle {
                return Err(format!("two vehicles have the plate {number}"));
            }
            plate.named += 1;
        }
        compare(&rows(store).await?, &plates)
    }

    /// Checks that each dispatched load after a position has a line with one delivery id, that the
    /// lines of a vehicle are in order, and that each load was counted once and nothing else was.
    ///
    /// # Errors
    ///
    /// Describes the first violation.
    pub fn check_lines(
        &self,
        lines: &[Line],
        since: u64,
        progress: &ModelProgress,
    ) -> Result<(), String> {
        // Later lines belong to events that were stored after this history was read.
        let known = lines.iter().filter(|line| line.position <= self.head);
        let loads = self.loads.iter().filter(|load| load.position > since);
        let loads: HashMap<u64, &Load> = loads.map(|load| (load.position, load)).collect();
        let has_line = dispatched_positions(known, &loads)?;
        for load in loads.values() {
            let counted = self.counted.get(&load.position).copied().unwrap_or(0);
            let is_done = progress.has(&load.stream, load.position);
            if is_done && !has_line.contains(&load.position) {
                return Err(format!("there is no line of {load:?}"));
            }
            if counted > 1 || is_done && counted == 0 {
                return Err(format!("{load:?} was counted {counted} times"));
            }
        }
        match self.counted.keys().find(|at| !loads.contains_key(*at)) {
            Some(at) => Err(format!("what is at {at} was counted")),
            None => Ok(()),
        }
    }
}

/// Collects the positions that have lines, after checking the ids and the order of the lines.
fn dispatched_positions<'l>(
    lines: impl Iterator<Item = &'l Line>,
    loads: &HashMap<u64, &Load>,
) -> Result<HashSet<u64>, String> {
    let (mut ids, mut used) = (HashMap::new(), HashSet::new());
    let mut last = HashMap::<Uuid, u64>::new();
    for line in lines {
        let is_of = |load: &&Load| load.vehicle == line.vehicle && load.version == line.version;
        if !loads.get(&line.position).is_some_and(is_of) {
            return Err(format!("{line:?} is of no load"));
        }
        match ids.insert(line.position, line.id) {
            Some(known) if known != line.id => return Err(format!("{line:?} has another id")),
            Some(_) => continue,
            None if !used.insert(line.id) => return Err(format!("{line:?} has the id of another")),
            None => (),
        }
        let before = last.insert(line.vehicle, line.version);
        if before.is_some_and(|before| before > line.version) {
            return Err(format!("{line:?} comes too late"));
        }
    }
    Ok(ids.into_keys().collect())
}

/// Reads the rows of a projection, also of a generation that does not serve yet.
async fn rows<P: Projection + DeserializeOwned>(store: &SqliteStore) -> Result<Rows<P>, String> {
    let (after, limit) = (None, usize::MAX);
    let select = Select::After { after, limit };
    let rows = store.rows(Table::of::<P>(), Generation::Serving, select);
    let rows = rows.await.map_err(|error| error.to_string())?.rows;
    let read = |(key, row): (Key, Arc<str>)| match serde_json::from_str(&row) {
        Ok(row) => Ok((key, row)),
        Err(error) => Err(error.to_string()),
    };
    rows.into_iter().map(read).collect()
}

fn compare<P: Projection + PartialEq + Debug>(
    rows: &Rows<P>,
    expected: &Rows<P>,
) -> Result<(), String> {
    if rows == expected {
        return Ok(());
    }
    let keys = rows.keys().chain(expected.keys());
    let differ = |key: &&Key| rows.get(key) != expected.get(key);
    let wrong = keys.filter(differ).map(|key| {
        let (found, expected) = (rows.get(key), expected.get(key));
        format!("{key:?}: {found:?} for {expected:?}")
    });
    let wrong: Vec<String> = wrong.collect();
    Err(format!("{} {}: {}", P::NAME, P::VERSION, wrong.join(", ")))
}
