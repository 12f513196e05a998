//! Keeping snapshots.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventsource_core::store::{Fingerprint, Snapshot};
use eventsource_core::{Codec, Id, Loaded, Repository, Revision, StreamStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::stock::{EVERY, Stock};
use crate::Result;
use crate::check;
use crate::events::Basket;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit::{self, Writer};
use crate::seed::{Seed, root_id, stream_id};
use crate::tasks::{deal, timed};

const STREAMS: u32 = 4_000;
const TASKS: usize = 16;
const FINGERPRINT: [u8; 32] = [7; 32];

pub(super) fn workloads() -> Vec<Workload> {
    vec![Workload::new(
        "snapshot.keep",
        "keeping a snapshot of 100 entries, 16 tasks",
        Unit::Snapshot,
        Keep::prepare,
    )]
}

/// Tasks that keep one snapshot after the other, each of another stream.
struct Keep {
    seeded: PathBuf,
    revisions: Vec<Revision>,
    state: String,
    runtime: Runtime,
    _directory: TempDir,
}

impl Keep {
    fn prepare() -> Result<Self> {
        let (runtime, directory) = (Runtime::new()?, tempfile::tempdir()?);
        let seeded = directory.path().join("seeded.db");
        let seed = Seed {
            streams: STREAMS,
            events: 1,
            codec: Codec::Json,
            metadata: false,
            is_random: false,
        };
        let revisions = runtime.block_on(async {
            seed.fill(&seeded).await?;
            let store = SqliteStore::open(&seeded).await?;
            let baskets = Repository::<Basket>::new(store.clone());
            let mut revisions = Vec::new();
            for stream in 0..STREAMS {
                let basket = baskets.load(Id::from_uuid(root_id(stream))).await?;
                revisions.push(Loaded::revision(&basket));
            }
            store.close().await;
            Ok::<_, crate::Error>(revisions)
        })?;
        Ok(Self {
            seeded,
            revisions,
            state: serde_json::to_string(&Stock::after(EVERY))?,
            runtime,
            _directory: directory,
        })
    }

    /// A file of its own for each round.
    fn copy(&self) -> Result<(TempDir, PathBuf)> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        fs::copy(&self.seeded, &path)?;
        Ok((directory, path))
    }
}

impl Sides for Keep {
    fn ours(&mut self) -> Result<Cost> {
        let (_directory, path) = self.copy()?;
        let store = self.runtime.block_on(SqliteStore::open(&path))?;
        let snapshots = (0..STREAMS).zip(&self.revisions).map(|(stream, revision)| {
            let fingerprint = Fingerprint::from_bytes(FINGERPRINT);
            let state = self.state.clone().into_bytes();
            Snapshot::new(stream_id(root_id(stream)), fingerprint, *revision, state)
        });
        let tasks = deal(snapshots, TASKS).into_iter().map(|snapshots| {
            let store = store.clone();
            async move {
                let keeper = store.snapshots().ok_or("a store without snapshots")?;
                for snapshot in snapshots {
                    keeper.keep(snapshot).await?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        self.runtime.block_on(store.close());
        check_kept(&path)?;
        Ok(took.each(STREAMS as usize))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let (_directory, path) = self.copy()?;
        let connection = limit::open(&path)?;
        let snapshot = |stream| {
            let at = limit::find(&connection, root_id(stream))?;
            Ok(limit::Snapshot {
                at: at.ok_or("a stream that is not there")?,
                fingerprint: FINGERPRINT,
                state: self.state.clone(),
            })
        };
        let snapshots = (0..STREAMS).map(snapshot).collect::<Result<Vec<_>>>()?;
        let writer = Arc::new(Writer::start(connection));
        let tasks = deal(snapshots, TASKS).into_iter().map(|snapshots| {
            let writer = Arc::clone(&writer);
            async move {
                for snapshot in snapshots {
                    writer.keep(snapshot).await?;
                }
                Ok(())
            }
        });
        let took = timed(&self.runtime, tasks.collect())?;
        Arc::into_inner(writer)
            .ok_or("a task still writes")?
            .close()?;
        check_kept(&path)?;
        check::verified(&self.runtime, &path)?;
        Ok(Some(took.each(STREAMS as usize)))
    }
}

fn check_kept(path: &Path) -> Result<()> {
    let kept = "SELECT count(*) FROM snapshots WHERE version = 1";
    let kept = Connection::open(path)?.query_row(kept, [], |row| row.get(0))?;
    check::same(STREAMS, kept)
}
