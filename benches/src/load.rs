//! Streams into states.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::{Codec, Id, Repository};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::events::{Basket, folded};
use crate::harness::{Sides, Unit, Workload, rate};
use crate::limit::{self, Event, Readers, decode_json, decode_msgpack};
use crate::seed::{Seed, root_id};
use crate::tasks::{deal, timed};

pub(crate) fn workloads() -> Vec<Workload> {
    let one = (1, 10_000, 20);
    let many = (1_000, 100, 2);
    let loads = [
        ("load.one10000", one, 1, Codec::Json),
        ("load.one10000.msgpack", one, 1, Codec::MessagePack),
        ("load.many100", many, 1, Codec::Json),
        ("load.many100.tasks16", many, 16, Codec::Json),
    ];
    let workload = |(name, (streams, events, times), tasks, codec)| {
        Workload::new(name, Unit::EventsPerSecond, move || {
            let seed = Seed {
                streams,
                events,
                codec,
                metadata: false,
            };
            Load::prepare(seed, tasks, times)
        })
    };
    loads.into_iter().map(workload).collect()
}

/// Tasks that load one basket after the other.
struct Load {
    seed: Seed,
    tasks: usize,
    /// How often each basket is loaded in a round.
    times: usize,
    /// What each basket is.
    expected: Basket,
    baskets: Repository<Basket>,
    readers: Arc<Readers>,
    runtime: Runtime,
    _directory: TempDir,
}

impl Load {
    fn prepare(seed: Seed, tasks: usize, times: usize) -> Result<Self> {
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

    fn figure(&self, took: Duration) -> Result<f64> {
        let events = usize::try_from(self.seed.streams * self.seed.events)?;
        Ok(rate(events * self.times, took))
    }
}

impl Sides for Load {
    fn ours(&mut self) -> Result<f64> {
        let (expected, version) = (self.expected, u64::from(self.seed.events));
        let tasks = self.dealt().into_iter().map(|ids| {
            let baskets = self.baskets.clone();
            async move {
                for id in ids {
                    let basket = baskets.load(Id::from_uuid(id)).await?;
                    check::same((expected, version), (*basket, basket.revision().version()))?;
                }
                Ok(())
            }
        });
        self.figure(timed(&self.runtime, tasks.collect())?)
    }

    fn limit(&mut self) -> Result<Option<f64>> {
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
                    check::same((expected, version), (loaded.basket, loaded.version))?;
                }
                Ok(())
            }
        });
        self.figure(timed(&self.runtime, tasks.collect())?)
            .map(Some)
    }
}
