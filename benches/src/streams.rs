//! Many streams under random ids.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{Commit, Expect};
use eventsource_core::{Codec, StreamStore};
use eventsource_sqlite::SqliteStore;
use tokio::runtime::Runtime;
use uuid::{Builder, Uuid};

use crate::Result;
use crate::check::{self, Stored};
use crate::events::{encoded, sample};
use crate::harness::{Sides, Unit, Workload, rate};
use crate::limit::{self, Event, Writer};
use crate::seed::stream_id;
use crate::tasks::timed;

const TASKS: u32 = 256;

pub(crate) fn workloads() -> Vec<Workload> {
    let rows = [
        ("streams.random.1m", 1_000_000),
        ("streams.random.3m", 3_000_000),
        ("streams.random.10m", 10_000_000),
    ];
    let workload = |(name, streams)| {
        let prepare = move || RandomStreams::prepare(streams);
        Workload::new(name, Unit::CommitsPerSecond, prepare)
    };
    rows.into_iter().map(workload).collect()
}

/// Durable appends of an event each to a new stream. Its id has no order, as that of
/// `Id::from_name` or a UUID of version 4, so that the index of streams is written at random.
struct RandomStreams {
    streams: u32,
    runtime: Runtime,
}

impl RandomStreams {
    fn prepare(streams: u32) -> Result<Self> {
        let runtime = Runtime::new()?;
        Ok(Self { streams, runtime })
    }

    /// The numbers of the streams that a task begins.
    fn of_task(&self, task: u32) -> impl Iterator<Item = u32> + use<> {
        (task..self.streams).step_by(TASKS as usize)
    }

    fn figure(&self, path: &Path, took: Duration) -> Result<f64> {
        let streams = usize::try_from(self.streams)?;
        let stored = Stored {
            streams,
            commits: streams,
            events: streams,
            version: 1,
        };
        check::stored(path, stored)?;
        Ok(rate(streams, took))
    }
}

/// A UUID of version 4 whose bits follow from the number.
fn random_id(n: u32) -> Uuid {
    let mix = |seed: u64| {
        let mut bits = (u64::from(n) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    let bits = Uuid::from_u64_pair(mix(1 << 40), mix(1 << 41));
    Builder::from_random_bytes(bits.into_bytes()).into_uuid()
}

fn our_commit(n: u32) -> Result<Commit> {
    let stream = stream_id(random_id(n));
    let event = encoded(&stream, &sample(n), Codec::Json)?;
    Ok(Commit::new(Uuid::now_v7(), vec![event]).expect(Expect::NoStream(stream)))
}

impl Sides for RandomStreams {
    fn ours(&mut self) -> Result<f64> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("ours.db");
        let store = self.runtime.block_on(SqliteStore::open(&path))?;
        let tasks = (0..TASKS).map(|task| {
            let (store, numbers) = (store.clone(), self.of_task(task));
            async move {
                for n in numbers {
                    let receipt = store.append(our_commit(n)?).await?;
                    check::same(1, receipt.revision().version())?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        self.runtime.block_on(store.close());
        self.figure(&path, took)
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("limit.db");
        let writer = Arc::new(Writer::start(limit::create(&path)?));
        let tasks = (0..TASKS).map(|task| {
            let (writer, numbers) = (Arc::clone(&writer), self.of_task(task));
            async move {
                for n in numbers {
                    let commit = limit::Commit::one(random_id(n), None, &Event::from(sample(n)))?;
                    let (version, _) = writer.append(commit).await?;
                    check::same(1, version)?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        Arc::into_inner(writer)
            .ok_or("a task still writes")?
            .close()?;
        self.figure(&path, took).map(Some)
    }
}
