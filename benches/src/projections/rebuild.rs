//! A read model built from the first event on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use eventsource_core::store::Commit;
use eventsource_core::{
    Codec, EventSet, MemoryReadModels, MemoryStore, ReadModel, Runner, StreamStore,
};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::events::{BasketEvent, encoded, sample};
use crate::harness::{Sides, Unit, Workload, rate};
use crate::limit;
use crate::rows::Content;
use crate::seed::{Seed, root_id, stream_id};

/// How many events each stream has.
const EVENTS: u32 = 100;
/// How many events are taken at once, by us as by hand.
const PAGE: usize = 2_000;

pub(crate) fn workloads(events: u32) -> Vec<Workload> {
    vec![
        Workload::new("rebuild.sqlite", Unit::EventsPerSecond, move || {
            OnSqlite::prepare(events)
        }),
        Workload::new("rebuild.memory", Unit::EventsPerSecond, move || {
            InMemory::prepare(events)
        }),
    ]
}

/// From one file into another, a new one each time.
struct OnSqlite {
    events: u32,
    store: SqliteStore,
    connection: rusqlite::Connection,
    runtime: Runtime,
    directory: TempDir,
    rounds: u32,
}

impl OnSqlite {
    fn prepare(events: u32) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("events.db");
        let runtime = Runtime::new()?;
        let seed = Seed {
            streams: events / EVENTS,
            events: EVENTS,
            codec: Codec::Json,
            metadata: true,
        };
        runtime.block_on(seed.fill(&path))?;
        Ok(Self {
            events,
            store: runtime.block_on(SqliteStore::open(&path))?,
            connection: limit::open(&path)?,
            runtime,
            directory,
            rounds: 0,
        })
    }

    fn next_file(&mut self) -> PathBuf {
        self.rounds += 1;
        self.directory
            .path()
            .join(format!("rows-{}.db", self.rounds))
    }
}

impl Sides for OnSqlite {
    fn ours(&mut self) -> Result<f64> {
        let path = self.next_file();
        let rows = self.runtime.block_on(SqliteStore::open(&path))?;
        let runner = Runner::new(self.store.clone(), rows.clone()).project::<Content>();
        let start = Instant::now();
        self.runtime.block_on(runner.catch_up())?;
        let took = start.elapsed();
        let model = ReadModel::<Content>::new(self.store.clone(), rows.clone());
        let kept = self.runtime.block_on(model.page(None, usize::MAX))?;
        check_rows(self.events, kept.into_iter().map(|(_, row)| row))?;
        self.runtime.block_on(rows.close());
        std::fs::remove_file(path)?;
        Ok(rate(self.events as usize, took))
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        let path = self.next_file();
        let start = Instant::now();
        let kept = limit::rebuild(&self.connection, &path, PAGE)?;
        let took = start.elapsed();
        check_rows(self.events, kept)?;
        std::fs::remove_file(path)?;
        Ok(Some(rate(self.events as usize, took)))
    }
}

/// All of it in memory.
struct InMemory {
    events: u32,
    store: MemoryStore,
    payloads: Vec<(Uuid, &'static str, Vec<u8>)>,
    runtime: Runtime,
}

impl InMemory {
    fn prepare(events: u32) -> Result<Self> {
        let (store, runtime) = (MemoryStore::new(), Runtime::new()?);
        let streams = events / EVENTS;
        let mut payloads = Vec::new();
        for turn in 0..EVENTS {
            for stream in 0..streams {
                let id = stream_id(root_id(stream));
                let event = encoded(&id, &sample(turn), Codec::Json)?;
                let known = BasketEvent::EVENTS.iter().map(|event| event.name);
                let name = known.into_iter().find(|name| *name == event.name);
                let name = name.ok_or("a name that is none")?;
                payloads.push((id.root_id(), name, event.payload.to_vec()));
                runtime.block_on(store.append(Commit::new(Uuid::now_v7(), vec![event])))?;
            }
        }
        Ok(Self {
            events,
            store,
            payloads,
            runtime,
        })
    }

    /// Serde, a fold, and for each page the rows that changed, as JSON and in order.
    fn by_hand(&self) -> Result<Vec<Content>> {
        let (mut rows, mut kept) = (HashMap::<Uuid, Content>::new(), BTreeMap::new());
        for page in self.payloads.chunks(PAGE) {
            let mut touched = HashSet::new();
            for (root_id, name, payload) in page {
                let event = limit::decode_json(name, payload)?;
                event.apply_to(&mut rows.entry(*root_id).or_default().basket);
                touched.insert(*root_id);
            }
            for root_id in touched {
                kept.insert(root_id.to_string(), serde_json::to_string(&rows[&root_id])?);
            }
        }
        check::same(rows.len(), kept.len())?;
        Ok(rows.into_values().collect())
    }
}

impl Sides for InMemory {
    fn ours(&mut self) -> Result<f64> {
        let rows = MemoryReadModels::new();
        let runner = Runner::new(self.store.clone(), rows.clone()).project::<Content>();
        let start = Instant::now();
        self.runtime.block_on(runner.catch_up())?;
        let took = start.elapsed();
        let model = ReadModel::<Content>::new(self.store.clone(), rows);
        let kept = self.runtime.block_on(model.page(None, usize::MAX))?;
        check_rows(self.events, kept.into_iter().map(|(_, row)| row))?;
        Ok(rate(self.events as usize, took))
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        let start = Instant::now();
        let kept = self.by_hand()?;
        let took = start.elapsed();
        check_rows(self.events, kept)?;
        Ok(Some(rate(self.events as usize, took)))
    }
}

/// Every stream had the same events.
fn check_rows(events: u32, rows: impl IntoIterator<Item = Content>) -> Result<()> {
    let mut expected = Content::default();
    (0..EVENTS).for_each(|turn| expected.take(&sample(turn)));
    let mut count = 0;
    for row in rows {
        check::same(expected, row)?;
        count += 1;
    }
    check::same(events / EVENTS, count)
}
