//! Reactions to events that are there.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventsource_core::runner::Pipeline;
use eventsource_core::{Codec, Delivery, React, Reactor, Recorded, Runner};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::Result;
use crate::check;
use crate::events::BasketEvent;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit;
use crate::seed::Seed;
use crate::stopwatch::Stopwatch;

pub(crate) fn workloads() -> Vec<Workload> {
    let seed = Seed {
        streams: 200,
        events: 100,
        codec: Codec::Json,
        metadata: true,
        is_random: false,
    };
    vec![Workload::new(
        "reactor.sqlite",
        "20,000 reactions that do nothing, each begun and checked off in a file",
        Unit::Event,
        move || Reactions::prepare(seed),
    )]
}

/// Counts what it is given.
#[derive(Reactor)]
#[reactor(name = "counting", event = BasketEvent)]
struct Counting(Arc<AtomicUsize>);

impl React<BasketEvent> for Counting {
    type Error = Infallible;

    async fn react(
        &self,
        event: &Recorded<BasketEvent>,
        delivery: &Delivery,
    ) -> Result<(), Infallible> {
        std::hint::black_box((event, delivery.id));
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// From the first event in one file, noting how far it is in another, a new one each time.
struct Reactions {
    seed: Seed,
    store: SqliteStore,
    connection: rusqlite::Connection,
    runtime: Runtime,
    directory: TempDir,
    rounds: u32,
}

impl Reactions {
    fn prepare(seed: Seed) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("events.db");
        let runtime = Runtime::new()?;
        runtime.block_on(seed.fill(&path))?;
        Ok(Self {
            seed,
            store: runtime.block_on(SqliteStore::open(&path))?,
            connection: limit::open(&path)?,
            runtime,
            directory,
            rounds: 0,
        })
    }

    fn next_file(&mut self) -> PathBuf {
        self.rounds += 1;
        let name = format!("reactions-{}.db", self.rounds);
        self.directory.path().join(name)
    }
}

impl Sides for Reactions {
    fn ours(&mut self) -> Result<Cost> {
        let path = self.next_file();
        let reactions = self.runtime.block_on(SqliteStore::open(&path))?;
        let count = Arc::new(AtomicUsize::new(0));
        let counting = Pipeline::reactor(Counting(Arc::clone(&count))).from_start();
        let runner = Runner::new(self.store.clone(), reactions.clone()).run(counting);
        let watch = Stopwatch::start()?;
        self.runtime.block_on(runner.catch_up())?;
        let took = watch.stop()?;
        self.runtime.block_on(reactions.close());
        check::same(self.seed.len(), count.load(Ordering::Relaxed))?;
        Ok(took.each(self.seed.len()))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let path = self.next_file();
        let mut count = 0;
        let watch = Stopwatch::start()?;
        limit::react(&self.connection, &path, |event, id| {
            std::hint::black_box((event, id));
            count += 1;
        })?;
        let took = watch.stop()?;
        check::same(self.seed.len(), count)?;
        Ok(Some(took.each(self.seed.len())))
    }
}
