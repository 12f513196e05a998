//! Durable appends.

use std::sync::Arc;

use eventsource_core::store::{Commit, Expect, NewEvent};
use eventsource_core::{Codec, Project, Projection, Recorded, StreamStore};
use eventsource_sqlite::{SqliteOptions, SqliteStore};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check::{self, Stored};
use crate::events::{BasketEvent, encoded, sample};
use crate::harness::{Sides, Unit, Workload, rate};
use crate::limit::{self, Event, Writer};
use crate::seed::stream_id;
use crate::tasks::{deal, timed};

pub(crate) fn workloads() -> Vec<Workload> {
    use Unit::{CommitsPerSecond, EventsPerSecond};
    let appends = [
        ("store.append.1", CommitsPerSecond, 1, 1_000, 1),
        ("store.append.16", CommitsPerSecond, 16, 6_000, 1),
        ("store.append.64", CommitsPerSecond, 64, 20_000, 1),
        ("store.append.256", CommitsPerSecond, 256, 30_000, 1),
        ("store.append.batch100", EventsPerSecond, 16, 1_000, 100),
    ];
    let workload = |(name, unit, tasks, commits, events)| {
        Workload::new(name, unit, move || Append::new(tasks, commits, events))
    };
    let inline = Workload::new("store.append.inline", CommitsPerSecond, || {
        Append::new(64, 20_000, 1).map(Inline)
    });
    appends.into_iter().map(workload).chain([inline]).collect()
}

/// One row for each basket.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "baskets", version = 1, key = root_id, event = BasketEvent)]
struct Baskets {
    events: u64,
}

impl Project<BasketEvent> for Baskets {
    fn project(&mut self, _: &Recorded<BasketEvent>) {
        self.events += 1;
    }
}

/// The same appends with a projection in their transaction; its limit is that there is none.
struct Inline(Append);

impl Sides for Inline {
    fn ours(&mut self) -> Result<f64> {
        self.0.append(SqliteStore::options().inline::<Baskets>())
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        self.0.ours().map(Some)
    }
}

/// Tasks that append one commit after the other, each to a new stream.
struct Append {
    tasks: usize,
    commits: usize,
    /// In each commit.
    events: u32,
    runtime: Runtime,
}

impl Append {
    fn new(tasks: usize, commits: usize, events: u32) -> Result<Self> {
        let runtime = Runtime::new()?;
        Ok(Self {
            tasks,
            commits,
            events,
            runtime,
        })
    }

    fn samples(&self, commit: usize) -> Result<impl Iterator<Item = u32>> {
        let first = u32::try_from(commit)? * self.events;
        Ok(first..first + self.events)
    }

    fn our_commit(&self, n: usize) -> Result<Commit> {
        let stream = stream_id(Uuid::now_v7());
        let events = self
            .samples(n)?
            .map(|n| encoded(&stream, &sample(n), Codec::Json))
            .collect::<Result<Vec<NewEvent>>>()?;
        Ok(Commit::new(Uuid::now_v7(), events).expect(Expect::NoStream(stream)))
    }

    fn limit_commit(&self, n: usize) -> Result<limit::Commit> {
        let event = |n| {
            let event = Event::from(sample(n));
            Ok((event.name(), event.to_json()?))
        };
        Ok(limit::Commit {
            id: Uuid::now_v7(),
            root_id: Uuid::now_v7(),
            expected: None,
            events: self.samples(n)?.map(event).collect::<Result<_>>()?,
        })
    }

    /// Builds the commits, which is not measured, and gives each task its own.
    fn dealt<C>(&self, commit: impl Fn(&Self, usize) -> Result<C>) -> Result<Vec<Vec<C>>> {
        let commits = (0..self.commits).map(|n| commit(self, n));
        Ok(deal(commits.collect::<Result<Vec<_>>>()?, self.tasks))
    }

    fn figure(&self, path: &std::path::Path, took: std::time::Duration) -> Result<f64> {
        let version = usize::try_from(self.events)?;
        let (streams, commits) = (self.commits, self.commits);
        let events = commits * version;
        check::stored(
            path,
            Stored {
                streams,
                commits,
                events,
                version,
            },
        )?;
        // One event a commit: a rate of events is one of commits.
        Ok(rate(events, took))
    }

    fn append(&self, options: SqliteOptions) -> Result<f64> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("ours.db");
        let store = self.runtime.block_on(options.open(&path))?;
        let tasks = self.dealt(Self::our_commit)?.into_iter().map(|commits| {
            let store = store.clone();
            async move {
                for commit in commits {
                    let events = commit.events.len();
                    let receipt = store.append(commit).await?;
                    check::same(events as u64, receipt.revision().version())?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        self.runtime.block_on(store.close());
        self.figure(&path, took)
    }
}

impl Sides for Append {
    fn ours(&mut self) -> Result<f64> {
        self.append(SqliteStore::options())
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("limit.db");
        let writer = Arc::new(Writer::start(limit::create(&path)?));
        let tasks = self.dealt(Self::limit_commit)?.into_iter().map(|commits| {
            let writer = Arc::clone(&writer);
            async move {
                for commit in commits {
                    let events = commit.events.len();
                    let (version, _) = writer.append(commit).await?;
                    check::same(events, usize::try_from(version)?)?;
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
