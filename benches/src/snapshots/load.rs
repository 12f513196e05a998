//! Loading states from snapshots.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::{Id, Repository};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::stock::{EVERY, Stock, apply_json, counted};
use crate::Result;
use crate::check;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit::{self, Readers, events_after, newest};
use crate::seed::root_id;
use crate::tasks::timed;

const STREAMS: u32 = 500;
/// Events after the snapshot.
const AFTER: u32 = 10;
/// The number of loads of each aggregate in a round.
const TIMES: usize = 4;

pub(super) fn workloads() -> Vec<Workload> {
    vec![Workload::new(
        "snapshot.load",
        "aggregates with a snapshot of 100 entries and 10 events after it, one task",
        Unit::Load,
        Snapshots::prepare,
    )]
}

/// A task that loads one aggregate after the other.
struct Snapshots {
    stocks: Repository<Stock>,
    readers: Arc<Readers>,
    fingerprint: Vec<u8>,
    runtime: Runtime,
    _directory: TempDir,
}

impl Snapshots {
    fn prepare() -> Result<Self> {
        let (runtime, directory) = (Runtime::new()?, tempfile::tempdir()?);
        let path = directory.path().join("store.db");
        let store = runtime.block_on(SqliteStore::open(&path))?;
        let stocks = Repository::new(store);
        runtime.block_on(fill(&stocks, &path))?;
        Ok(Self {
            stocks,
            readers: Arc::new(Readers::new(&path)?),
            fingerprint: limit::open(&path)?.query_row(
                "SELECT fingerprint FROM snapshots LIMIT 1",
                [],
                |row| row.get(0),
            )?,
            runtime,
            _directory: directory,
        })
    }
}

/// Gives each stream events and a snapshot, and events after that.
async fn fill(stocks: &Repository<Stock>, path: &Path) -> Result<()> {
    for stream in 0..STREAMS {
        for numbers in [0..EVERY, EVERY..EVERY + AFTER] {
            let events: Vec<_> = numbers.map(counted).collect();
            let count = |_: &Stock| Ok::<_, Infallible>(events.clone());
            stocks
                .execute(Id::from_uuid(root_id(stream)), count)
                .await?;
        }
    }
    let connection = limit::open(path)?;
    // They are kept behind the caller's back.
    for _ in 0..1_000 {
        let kept: u32 =
            connection.query_row("SELECT count(*) FROM snapshots", [], |row| row.get(0))?;
        if kept == STREAMS {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("not every snapshot was kept".into())
}

fn ids() -> impl Iterator<Item = Uuid> {
    (0..TIMES).flat_map(|_| (0..STREAMS).map(root_id))
}

impl Sides for Snapshots {
    fn ours(&mut self) -> Result<Cost> {
        let (stocks, expected) = (self.stocks.clone(), Stock::after(EVERY + AFTER));
        let task = async move {
            for id in ids() {
                let stock = stocks.load(Id::from_uuid(id)).await?;
                check::equal(&expected, &*stock)?;
            }
            Ok(())
        };
        let took = timed(&self.runtime, vec![task])?;
        Ok(took.each(ids().count()))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let (readers, expected) = (Arc::clone(&self.readers), Stock::after(EVERY + AFTER));
        let fingerprint = self.fingerprint.clone();
        let task = async move {
            for id in ids() {
                let stock = readers.run(|connection, names| {
                    let decode = |state: &[u8]| Ok(serde_json::from_slice::<Stock>(state)?);
                    let (mut stock, mut at) = newest(connection, id, &fingerprint, decode)?;
                    events_after(connection, names, &mut at, |name, json| {
                        apply_json(&mut stock, name, json)
                    })?;
                    Ok(stock)
                })?;
                check::equal(&expected, &stock)?;
            }
            Ok(())
        };
        let took = timed(&self.runtime, vec![task])?;
        Ok(Some(took.each(ids().count())))
    }
}
