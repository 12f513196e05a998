//! Many streams under random ids.

use std::path::Path;
use std::sync::Arc;

use eventsource_core::store::{Commit, Expect};
use eventsource_core::{Codec, StreamStore};
use eventsource_sqlite::SqliteStore;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check::{self, Stored};
use crate::events::{encoded, sample};
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit::{self, Event, Writer};
use crate::seed::{random_id, stream_id};
use crate::stopwatch::Took;
use crate::tasks::timed;

const TASKS: u32 = 256;
const ABOUT: &str = "commits of an event to as many new streams with random root ids, 256 tasks";

pub(crate) fn workloads() -> Vec<Workload> {
    let rows = [
        ("streams.random.1m", 1_000_000),
        ("streams.random.3m", 3_000_000),
        ("streams.random.10m", 10_000_000),
    ];
    let workload = |(name, streams)| {
        let prepare = move || RandomStreams::prepare(streams);
        Workload::new(name, ABOUT, Unit::Commit, prepare)
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

    fn cost(&self, path: &Path, took: Took) -> Result<Cost> {
        let streams = usize::try_from(self.streams)?;
        let stored = Stored {
            streams,
            commits: streams,
            events: streams,
            version: 1,
        };
        check::stored(path, stored)?;
        Ok(took.each(streams))
    }
}

fn our_commit(n: u32) -> Result<Commit> {
    let stream = stream_id(random_id(n));
    let event = encoded(&stream, &sample(n), Codec::Json)?;
    Ok(Commit::new(Uuid::now_v7(), vec![event]).expect(Expect::NoStream(stream)))
}

impl Sides for RandomStreams {
    fn ours(&mut self) -> Result<Cost> {
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
        self.cost(&path, took)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("limit.db");
        let writer = Arc::new(Writer::start(limit::create(&self.runtime, &path)?));
        let tasks = (0..TASKS).map(|task| {
            let (writer, numbers) = (Arc::clone(&writer), self.of_task(task));
            async move {
                for n in numbers {
                    let commit = limit::Commit::one(random_id(n), None, &Event::from(sample(n)))?;
                    check::same(1, writer.append(commit).await?.version)?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        Arc::into_inner(writer)
            .ok_or("a task still writes")?
            .close()?;
        self.cost(&path, took).map(Some)
    }
}
