//! What the read models and the side effects have to be, and what is wrong with them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::sync::Arc;

use eventsource_core::read_model::{Generation, Select, SelectParked, Table};
use eventsource_core::store::ReadLog;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    EventLog, EventSet, Horizon, Key, Position, Projection, Query, ReadModelError, ReadModelStore,
};
use eventsource_sqlite::SqliteStore;
use serde::de::DeserializeOwned;

use super::{Line, Loaded, OldWagon, Plate, Rank, Wagon};
use crate::reactions::Counted;

/// All that was stored.
#[derive(Debug, Default)]
pub struct History {
    loads: Vec<Load>,
    /// How often a load was counted, by its position.
    counted: HashMap<u64, u32>,
    head: u64,
}

#[derive(Debug)]
struct Load {
    position: u64,
    version: u64,
    wagon: Uuid,
    /// Under which the reactor parks it.
    stream: Key,
    event: Loaded,
}

/// What of it a model has taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Up to where.
    pub position: Position,
    /// What is parked, and from where on.
    pub parked: HashMap<Key, Position>,
}

type Rows<P> = BTreeMap<Key, P>;

impl Taken {
    /// What the model has taken that is known as this; `None` if nobody ever began.
    ///
    /// # Errors
    ///
    /// That it could not be read.
    pub async fn of(store: &SqliteStore, table: Table) -> Result<Option<Self>, String> {
        let (after, limit) = (None, usize::MAX);
        let all = SelectParked::After { after, limit };
        match store.parked(table, Generation::Serving, all).await {
            Ok((progress, parked)) => Ok(Some(Self {
                position: progress.checkpoint.at.position(),
                parked: parked.into_iter().map(|it| (it.key, it.position)).collect(),
            })),
            Err(ReadModelError::NotFound { .. }) => Ok(None),
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
    /// Reads it.
    ///
    /// # Errors
    ///
    /// What is wrong with the events.
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
        if stored.stream.category() == "wagon" {
            let load = |event| Load {
                position: stored.position.offset().get(),
                version: stored.version,
                wagon: stored.stream.root_id(),
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

    /// Whether all rows are what the events make of them that were taken.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub async fn check_rows(&self, store: &SqliteStore) -> Result<(), String> {
        let old = |wagon: &mut OldWagon, load: &Load| wagon.weight += load.event.weight;
        self.check_model(store, old).await?;
        let new = |wagon: &mut Wagon, load: &Load| {
            wagon.loads += 1;
            wagon.heaviest = wagon.heaviest.max(load.event.weight);
            wagon.last = load.position;
        };
        if let Some(wagons) = self.check_model(store, new).await? {
            let mut ranks = Rows::<Rank>::new();
            for wagon in wagons.values() {
                ranks.entry(Key::of(&wagon.tens())).or_default().wagons += 1;
            }
            compare(&rows(store).await?, &ranks)?;
        }
        self.check_plates(store).await
    }

    /// The rows, if there are any.
    async fn check_model<P>(
        &self,
        store: &SqliteStore,
        take: impl Fn(&mut P, &Load),
    ) -> Result<Option<Rows<P>>, String>
    where
        P: Projection + DeserializeOwned + Default + PartialEq + Debug,
    {
        let Some(taken) = Taken::of(store, Table::of::<P>()).await? else {
            return Ok(None);
        };
        let mut expected = Rows::<P>::new();
        for load in &self.loads {
            let key = Key::of(&load.wagon);
            if taken.has(&key, load.position) {
                take(expected.entry(key).or_default(), load);
            }
        }
        let rows = rows(store).await?;
        compare(&rows, &expected)?;
        Ok(Some(rows))
    }

    /// Those of the appends are at the head, if they are there.
    async fn check_plates(&self, store: &SqliteStore) -> Result<(), String> {
        let Some(taken) = Taken::of(store, Table::of::<Plate>()).await? else {
            return Ok(());
        };
        let mut plates = Rows::<Plate>::new();
        let is_taken = |load: &&Load| load.position <= taken.position.offset().get();
        for load in self.loads.iter().filter(is_taken) {
            let Some(number) = load.event.plate else {
                continue;
            };
            let plate = plates.entry(Key::of(&number)).or_default();
            if *plate.owner.get_or_insert(load.wagon) != load.wagon {
                return Err(format!("two wagons have the plate {number}"));
            }
            plate.named += 1;
        }
        compare(&rows(store).await?, &plates)
    }

    /// Whether each load after a position that was dispatched has a line, under one id, those of a
    /// wagon in order, and was counted once; and nothing else was.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub fn check_lines(&self, lines: &[Line], since: u64, taken: &Taken) -> Result<(), String> {
        // The others were stored after this was read.
        let known = lines.iter().filter(|line| line.position <= self.head);
        let loads = self.loads.iter().filter(|load| load.position > since);
        let loads: HashMap<u64, &Load> = loads.map(|load| (load.position, load)).collect();
        let has_line = told(known, &loads)?;
        for load in loads.values() {
            let counted = self.counted.get(&load.position).copied().unwrap_or(0);
            let is_done = taken.has(&load.stream, load.position);
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

/// The positions that have lines, if those are as they should be.
fn told<'l>(
    lines: impl Iterator<Item = &'l Line>,
    loads: &HashMap<u64, &Load>,
) -> Result<HashSet<u64>, String> {
    let (mut ids, mut used) = (HashMap::new(), HashSet::new());
    let mut last = HashMap::<Uuid, u64>::new();
    for line in lines {
        let is_of = |load: &&Load| load.wagon == line.wagon && load.version == line.version;
        if !loads.get(&line.position).is_some_and(is_of) {
            return Err(format!("{line:?} is of no load"));
        }
        match ids.insert(line.position, line.id) {
            Some(known) if known != line.id => return Err(format!("{line:?} has another id")),
            Some(_) => continue,
            None if !used.insert(line.id) => return Err(format!("{line:?} has the id of another")),
            None => (),
        }
        let before = last.insert(line.wagon, line.version);
        if before.is_some_and(|before| before > line.version) {
            return Err(format!("{line:?} comes too late"));
        }
    }
    Ok(ids.into_keys().collect())
}

/// Also those that do not serve yet.
async fn rows<P: Projection + DeserializeOwned>(store: &SqliteStore) -> Result<Rows<P>, String> {
    let (after, limit) = (None, usize::MAX);
    let rows = store.read_rows(Table::of::<P>(), Select::After { after, limit });
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
