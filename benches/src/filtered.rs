//! The events of one name among many.

use eventsource_core::store::{Commit, Imported, NewEvent, Pages, ReadLog};
use eventsource_core::{Apply, Codec, Filter, Query, Recorded, StreamStore, Timestamp};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::events::{Basket, BasketEvent, encoded, sample};
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit;
use crate::seed::{root_id, stream_id};
use crate::stopwatch::{Stopwatch, Took};

const EVENTS: u32 = 200_000;
const NAMES: u32 = 50;
/// The name that is read.
const READ: &str = "basket.item-added";
/// The number of events of a page.
const PAGE: usize = 1_000;

pub(crate) fn workloads() -> Vec<Workload> {
    vec![Workload::new(
        "read.filtered",
        "the events of one of 50 names, for each of 200,000 events in the file",
        Unit::Event,
        Filtered::prepare,
    )]
}

/// The fold of the events, and their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Found {
    basket: Basket,
    events: u32,
}

/// One task that reads them.
struct Filtered {
    store: SqliteStore,
    connection: rusqlite::Connection,
    runtime: Runtime,
    _directory: TempDir,
}

impl Filtered {
    fn prepare() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        let runtime = Runtime::new()?;
        let store = runtime.block_on(SqliteStore::open(&path))?;
        let numbers: Vec<_> = (0..EVENTS).collect();
        for numbers in numbers.chunks(1_000) {
            let commits = numbers.iter().map(|n| commit(*n)).collect::<Result<_>>()?;
            runtime.block_on(store.import(commits))?;
        }
        Ok(Self {
            store,
            connection: limit::open(&path)?,
            runtime,
            _directory: directory,
        })
    }

    fn cost(took: Took, found: Found) -> Result<Cost> {
        let mut expected = Found::default();
        for n in (0..EVENTS).step_by(NAMES as usize) {
            expected.basket.apply(added(n));
            expected.events += 1;
        }
        check::same(expected, found)?;
        Ok(took.each(EVENTS as usize))
    }
}

/// Every fiftieth event is one that is read; the others have other names.
fn commit(n: u32) -> Result<Imported> {
    let stream = stream_id(root_id(n % 2_000));
    let event = encoded(&stream, &added(n), Codec::Json)?;
    let event = match n % NAMES {
        0 => event,
        other => {
            let name = format!("basket.other-{other}");
            NewEvent::new(stream, name, 1, Codec::Json, event.payload)
        }
    };
    let commit = Commit::new(Uuid::now_v7(), vec![event]);
    Ok(Imported::new(commit, Timestamp::from_micros(n.into())))
}

fn added(n: u32) -> BasketEvent {
    sample(n - n % 4)
}

async fn ours(store: &SqliteStore) -> Result<Found> {
    let mut found = Found::default();
    let query = Query::any([Filter::new().name(READ)]);
    let mut pages = Pages::new(store, ReadLog::new(query).limit(PAGE));
    while let Some(page) = pages.next().await? {
        for event in page.events() {
            Recorded::<BasketEvent>::decode(&event, &mut |recorded| {
                found.basket.apply(recorded.event);
                found.events += 1;
            })?;
        }
    }
    Ok(found)
}

impl Sides for Filtered {
    fn ours(&mut self) -> Result<Cost> {
        let store = self.store.clone();
        let watch = Stopwatch::start()?;
        let reading = self.runtime.spawn(async move { ours(&store).await });
        let found = self.runtime.block_on(reading)??;
        Self::cost(watch.stop()?, found)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let mut found = Found::default();
        let watch = Stopwatch::start()?;
        limit::read_named(&self.connection, READ, |seen| {
            seen.event.apply_to(&mut found.basket);
            found.events += 1;
            Ok(())
        })?;
        Self::cost(watch.stop()?, found).map(Some)
    }
}
