//! Streams into states.

use std::path::PathBuf;
use std::sync::Arc;

use eventsource_core::{Codec, Id, Loaded, Repository};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::events::{Basket, folded};
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit::{self, Event, Readers, decode_json, decode_msgpack};
use crate::seed::{Seed, root_id};
use crate::stopwatch::Took;
use crate::tasks::{deal, timed};

/// Name and words; streams, events of each, how often each is loaded; tasks; codec.
type Row = ([&'static str; 2], (u32, u32, usize), usize, Codec);

pub(crate) fn workloads() -> Vec<Workload> {
    let one = (1, 10_000, 20);
    let many = (1_000, 100, 2);
    let loads = [
        (
            ["load.one10000", "an aggregate of 10,000 events, one task"],
            one,
            1,
            Codec::Json,
        ),
        (
            ["load.one10000.msgpack", "the same in MessagePack"],
            one,
            1,
            Codec::MessagePack,
        ),
        (
            ["load.many100", "aggregates of 100 events, one task"],
            many,
            1,
            Codec::Json,
        ),
        (
            ["load.many100.tasks16", "the same, 16 tasks"],
            many,
            16,
            Codec::Json,
        ),
    ];
    let workload = |([name, about], (streams, events, times), tasks, codec): Row| {
        Workload::new(name, about, Unit::Event, move || {
            let seed = Seed {
                streams,
                events,
                codec,
                metadata: false,
                is_random: false,
            };
            Load::prepare(seed, tasks, times)
        })
    };
    loads.into_iter().map(workload).collect()
}

/// Tasks that load one basket after the other.
pub(crate) struct Load {
    seed: Seed,
    tasks: usize,
    /// The number of loads of each basket in a round.
    times: usize,
    /// The expected state of each basket.
    expected: Basket,
    baskets: Repository<Basket>,
    readers: Arc<Readers>,
    runtime: Runtime,
    _directory: TempDir,
}

impl Load {
    pub(crate) fn prepare(seed: Seed, tasks: usize, times: usize) -> Result<Self> {
        let (runtime, directory) = (Runtime::new()?, tempfile::tempdir()?);
        let path: PathBuf = directory.path().join("store.db");
        runtime.block_on(seed.fill(&path))?;
        let store = runtime.block_on(SqliteStore::open(&path))?;
        Ok(Self {
            seed,
            tasks,
            times,
            expected: folded(0..seed.events),
            baskets: Repository::new(store),
            readers: Arc::new(Readers::new(&path)?),
            runtime,
            _directory: directory,
        })
    }

    fn dealt(&self) -> Vec<Vec<Uuid>> {
        let ids = (0..self.times).flat_map(|_| (0..self.seed.streams).map(root_id));
        deal(ids, self.tasks)
    }

    fn cost(&self, took: Took) -> Result<Cost> {
        let events = usize::try_from(self.seed.streams * self.seed.events)?;
        Ok(took.each(events * self.times))
    }
}

impl Sides for Load {
    fn ours(&mut self) -> Result<Cost> {
        let (expected, version) = (self.expected, u64::from(self.seed.events));
        let tasks = self.dealt().into_iter().map(|ids| {
            let baskets = self.baskets.clone();
            async move {
                for id in ids {
                    let basket = baskets.load(Id::from_uuid(id)).await?;
                    check::same(
                        (expected, version),
                        (*basket, Loaded::revision(&basket).version()),
                    )?;
                }
                Ok(())
            }
        });
        self.cost(timed(&self.runtime, tasks.collect())?)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let (expected, version) = (self.expected, i64::from(self.seed.events));
        let decode: fn(&str, &[u8]) -> Result<Event> = match self.seed.codec {
            Codec::MessagePack => decode_msgpack,
            _ => decode_json,
        };
        let tasks = self.dealt().into_iter().map(|ids| {
            let readers = Arc::clone(&self.readers);
            async move {
                for id in ids {
                    let loaded = readers
                        .run(|connection, names| limit::load(connection, names, id, decode))?;
                    check::same((expected, version), (loaded.basket, loaded.version()))?;
                }
                Ok(())
            }
        });
        self.cost(timed(&self.runtime, tasks.collect())?).map(Some)
    }
}
