//! A read model built from the first event on.

use std::collections::{BTreeMap, HashMap, HashSet};

use eventsource_core::store::Commit;
use eventsource_core::{
    Codec, EventSet, MemoryReadModels, MemoryStore, ReadModel, Runner, StreamStore,
};
use eventsource_sqlite::SqliteStore;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::followed::Followed;
use crate::Result;
use crate::check;
use crate::events::{BasketEvent, encoded, sample};
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit;
use crate::rows::Content;
use crate::seed::{Seed, stream_id};
use crate::stopwatch::Stopwatch;

/// As many keys as do not fit into the buffer of a runner.
const KEYS: u32 = 200_000;
/// The number of events of a page, for both sides.
const PAGE: usize = 2_000;

pub(crate) fn workloads(events: u32) -> Vec<Workload> {
    let few = Seed {
        streams: events / 100,
        events: 100,
        codec: Codec::Json,
        metadata: true,
        is_random: false,
    };
    let many = Seed {
        streams: KEYS,
        events: (events / KEYS).max(2),
        is_random: true,
        ..few
    };
    vec![
        Workload::new(
            "rebuild.sqlite",
            "a read model in one file of the events in another, 100 for each row",
            Unit::Event,
            move || Followed::prepare(few).map(OnSqlite),
        ),
        Workload::new(
            "rebuild.sqlite.keys200k",
            "200,000 rows whose keys come in random order",
            Unit::Event,
            move || Followed::prepare(many).map(OnSqlite),
        ),
        Workload::new(
            "rebuild.memory",
            "a read model in memory, of events in memory, 100 for each row",
            Unit::Event,
            move || InMemory::prepare(few),
        ),
        Workload::new(
            "rebuild.memory.keys200k",
            "200,000 rows whose keys come in random order",
            Unit::Event,
            move || InMemory::prepare(many),
        ),
    ]
}

/// From one file into another, a new one each time.
struct OnSqlite(Followed);

impl Sides for OnSqlite {
    fn ours(&mut self) -> Result<Cost> {
        let path = self.0.next_file();
        let rows = self.0.runtime.block_on(SqliteStore::open(&path))?;
        let runner = Runner::new(self.0.store.clone(), rows.clone()).project::<Content>();
        let watch = Stopwatch::start()?;
        self.0.runtime.block_on(runner.catch_up())?;
        let took = watch.stop()?;
        let model = ReadModel::<Content>::new(self.0.store.clone(), rows.clone());
        let kept = self.0.runtime.block_on(model.page(None, usize::MAX))?;
        check_rows(self.0.seed, kept.into_iter().map(|(_, row)| row))?;
        self.0.runtime.block_on(rows.close());
        std::fs::remove_file(path)?;
        Ok(took.each(self.0.seed.len()))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let path = self.0.next_file();
        let watch = Stopwatch::start()?;
        let kept = limit::rebuild(&self.0.connection, &path, PAGE)?;
        let took = watch.stop()?;
        check_rows(self.0.seed, kept)?;
        std::fs::remove_file(path)?;
        Ok(Some(took.each(self.0.seed.len())))
    }
}

/// All of it in memory.
struct InMemory {
    seed: Seed,
    store: MemoryStore,
    payloads: Vec<(Uuid, &'static str, Vec<u8>)>,
    runtime: Runtime,
}

impl InMemory {
    fn prepare(seed: Seed) -> Result<Self> {
        let (store, runtime) = (MemoryStore::new(), Runtime::new()?);
        let mut payloads = Vec::new();
        for turn in 0..seed.events {
            for stream in 0..seed.streams {
                let id = stream_id(seed.root_id(stream));
                let event = encoded(&id, &sample(turn), Codec::Json)?;
                let known = BasketEvent::EVENTS.iter().map(|event| event.name);
                let name = known.into_iter().find(|name| *name == event.name);
                let name = name.ok_or("a name that is none")?;
                payloads.push((id.root_id(), name, event.payload.to_vec()));
                runtime.block_on(store.append(Commit::new(Uuid::now_v7(), vec![event])))?;
            }
        }
        Ok(Self {
            seed,
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
    fn ours(&mut self) -> Result<Cost> {
        let rows = MemoryReadModels::new();
        let runner = Runner::new(self.store.clone(), rows.clone()).project::<Content>();
        let watch = Stopwatch::start()?;
        self.runtime.block_on(runner.catch_up())?;
        let took = watch.stop()?;
        let model = ReadModel::<Content>::new(self.store.clone(), rows);
        let kept = self.runtime.block_on(model.page(None, usize::MAX))?;
        check_rows(self.seed, kept.into_iter().map(|(_, row)| row))?;
        Ok(took.each(self.seed.len()))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let watch = Stopwatch::start()?;
        let kept = self.by_hand()?;
        let took = watch.stop()?;
        check_rows(self.seed, kept)?;
        Ok(Some(took.each(self.seed.len())))
    }
}

/// Every stream had the same events.
fn check_rows(seed: Seed, rows: impl IntoIterator<Item = Content>) -> Result<()> {
    let mut expected = Content::default();
    (0..seed.events).for_each(|turn| expected.take(&sample(turn)));
    let mut count = 0;
    for row in rows {
        check::same(expected, row)?;
        count += 1;
    }
    check::same(seed.streams, count)
}
