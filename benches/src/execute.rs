//! Load, decide, append.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventsource_core::{Codec, Id, Repository};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check::{self, Stored};
use crate::events::Basket;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit::{self, Commit, Event, ItemAdded, Readers, Writer, decode_json};
use crate::seed::{Seed, root_id};
use crate::stopwatch::Took;
use crate::tasks::{deal, timed};

const TASKS: usize = 64;

pub(crate) fn workloads() -> Vec<Workload> {
    [
        (
            "repository.execute.new",
            "decisions on new aggregates, 64 tasks",
            0,
        ),
        (
            "repository.execute.loaded",
            "decisions on aggregates of 10 events, which are loaded, 64 tasks",
            10,
        ),
    ]
    .into_iter()
    .map(|(name, about, events)| {
        Workload::new(name, about, Unit::Decision, move || {
            Execute::prepare(10_000, events)
        })
    })
    .collect()
}

/// Tasks that execute one decision after the other, each on another basket.
pub(crate) struct Execute {
    baskets: u32,
    /// The number of events of each basket before a round.
    events: u32,
    seeded: PathBuf,
    _directory: TempDir,
    runtime: Runtime,
}

impl Execute {
    pub(crate) fn prepare(baskets: u32, events: u32) -> Result<Self> {
        let (runtime, directory) = (Runtime::new()?, tempfile::tempdir()?);
        let seeded = directory.path().join("seeded.db");
        let seed = Seed {
            streams: baskets,
            events,
            codec: Codec::Json,
            metadata: false,
            is_random: false,
        };
        runtime.block_on(seed.fill(&seeded))?;
        Ok(Self {
            baskets,
            events,
            seeded,
            _directory: directory,
            runtime,
        })
    }

    /// A file of its own for each round: the decisions change it.
    fn copy(&self) -> Result<(TempDir, PathBuf)> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        fs::copy(&self.seeded, &path)?;
        Ok((directory, path))
    }

    fn dealt(&self) -> Vec<Vec<Uuid>> {
        deal((0..self.baskets).map(root_id), TASKS)
    }

    fn cost(&self, path: &Path, took: Took) -> Result<Cost> {
        let (baskets, before) = (
            usize::try_from(self.baskets)?,
            usize::try_from(self.events)?,
        );
        let version = before + 1;
        let events = baskets * version;
        check::stored(
            path,
            Stored {
                streams: baskets,
                commits: events,
                events,
                version,
            },
        )?;
        Ok(took.each(baskets))
    }
}

impl Sides for Execute {
    fn ours(&mut self) -> Result<Cost> {
        let (_directory, path) = self.copy()?;
        let store = self.runtime.block_on(SqliteStore::open(&path))?;
        let baskets = Repository::<Basket>::new(store.clone());
        let version = u64::from(self.events) + 1;
        let tasks = self.dealt().into_iter().map(|ids| {
            let baskets = baskets.clone();
            async move {
                for id in ids {
                    let add = |basket: &Basket| basket.add("SKU-000007", 2);
                    let receipt = baskets.execute(Id::from_uuid(id), add).await?;
                    check::same(version, receipt.revision().version())?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        self.runtime.block_on(store.close());
        self.cost(&path, took)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let (_directory, path) = self.copy()?;
        let connection = limit::open(&path)?;
        limit::add_category(&connection)?;
        let writer = Arc::new(Writer::start(connection));
        let readers = Arc::new(Readers::new(&path)?);
        let version = i64::from(self.events) + 1;
        let tasks = self.dealt().into_iter().map(|ids| {
            let (writer, readers) = (Arc::clone(&writer), Arc::clone(&readers));
            async move {
                for id in ids {
                    let now = writer.append(add(&readers, id)?).await?;
                    check::same(version, now.version)?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        drop(readers);
        Arc::into_inner(writer)
            .ok_or("a task still writes")?
            .close()?;
        check::verified(&self.runtime, &path)?;
        self.cost(&path, took).map(Some)
    }
}

/// The same decision as [`Basket::add`], and the state after it.
fn add(readers: &Readers, root_id: Uuid) -> Result<Commit> {
    let mut loaded =
        readers.run(|connection, names| limit::load(connection, names, root_id, decode_json))?;
    loaded.basket.check(2)?;
    let event = Event::ItemAdded(ItemAdded {
        sku: "SKU-000007".to_owned(),
        quantity: 2,
        cents: 100,
    });
    let commit = Commit::one(root_id, loaded.at, &event)?;
    // What was written can be read.
    let written = &commit.streams[0].events[0];
    let read = decode_json(written.name, written.payload.as_bytes())?;
    read.apply_to(&mut loaded.basket);
    std::hint::black_box(loaded.basket);
    Ok(commit)
}
