//! All events of a store into one fold.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use eventsource_core::codec::DecodeError;
use eventsource_core::event::EventDecoder;
use eventsource_core::store::{Pages, ReadLog, StoredEvent, Visitor, visit_all};
use eventsource_core::{Apply, Codec, Query, Recorded};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::events::{Basket, BasketEvent};
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit;
use crate::memory::Memory;
use crate::seed::Seed;
use crate::stopwatch::Stopwatch;

/// The number of events of each stream.
const EVENTS: u32 = 100;
/// The number of events of a page.
const PAGE: usize = 1_000;
/// The number of events that are visited in a transaction.
const VISIT: usize = 4_096;

pub(crate) fn workloads(events: u32) -> Vec<Workload> {
    vec![
        Workload::new(
            "read.all",
            "all events of a file, in pages of 1,000, into one fold; the limit is one statement",
            Unit::Event,
            move || Read::prepare(events, Way::Pages),
        ),
        Workload::new(
            "read.all.visit",
            "the same by a visitor, which is shown 4,096 events in a transaction",
            Unit::Event,
            move || Read::prepare(events, Way::Visit),
        ),
        Workload::new(
            "read.all.memory",
            "the memory by which a process grows that does so",
            Unit::MiB,
            move || {
                let (directory, path) = filled(events)?;
                Ok(Memory::new(directory, path))
            },
        ),
    ]
}

/// A file with so many events.
fn filled(events: u32) -> Result<(TempDir, PathBuf)> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("store.db");
    let seed = Seed {
        streams: events / EVENTS,
        events: EVENTS,
        codec: Codec::Json,
        metadata: true,
        is_random: false,
    };
    Runtime::new()?.block_on(seed.fill(&path))?;
    Ok((directory, path))
}

/// The totals of the events. They use every delivered field, so that the compiler cannot leave one
/// out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) events: usize,
    basket: Basket,
    versions: u64,
    head: u64,
    ids: u128,
    letters: usize,
    recorded_at: i64,
}

impl Totals {
    fn place(&mut self, version: u64, position: u64, recorded_at: i64) {
        self.events += 1;
        self.versions += version;
        self.head = self.head.max(position);
        self.recorded_at = self.recorded_at.max(recorded_at);
    }

    fn names(&mut self, tenant: &str, category: &str, actor: Option<&str>, ids: [Uuid; 2]) {
        self.letters += tenant.len() + category.len() + actor.map_or(0, str::len);
        for id in ids {
            self.ids = self.ids.wrapping_add(id.as_u128());
        }
    }
}

/// The totals by pages of the store.
pub(crate) async fn ours(store: &SqliteStore) -> Result<Totals> {
    let (mut totals, mut decoder) = (Totals::default(), EventDecoder::<BasketEvent>::new());
    let mut pages = Pages::new(store, ReadLog::new(Query::all()).limit(PAGE));
    while let Some(page) = pages.next().await? {
        for event in page.events() {
            decoder.recorded(&event, &mut |event| add(&mut totals, event))?;
        }
    }
    Ok(totals)
}

/// The totals by visits.
async fn visited(store: &SqliteStore) -> Result<Totals> {
    let read = ReadLog::new(Query::all()).limit(VISIT);
    let (fold, _) = visit_all(store, read, Fold::default()).await?;
    fold.error
        .map_or(Ok(fold.totals), |error| Err(error.into()))
}

/// The totals of the events that it is shown.
#[derive(Default)]
struct Fold {
    totals: Totals,
    decoder: EventDecoder<BasketEvent>,
    error: Option<DecodeError>,
}

impl Visitor for Fold {
    fn visit(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()> {
        let Self {
            totals,
            decoder,
            error,
        } = self;
        let (stream, commit) = (event.stream, event.commit);
        totals.place(
            event.version,
            event.position.offset().get(),
            commit.recorded_at.as_micros(),
        );
        totals.names(
            stream.tenant(),
            stream.category(),
            commit.metadata().actor.as_deref(),
            [stream.root_id(), commit.id],
        );
        let decoded = decoder.decode(event, |event| totals.basket.apply(event));
        match decoded {
            Ok(()) => ControlFlow::Continue(()),
            Err(failed) => {
                *error = Some(failed);
                ControlFlow::Break(())
            }
        }
    }
}

fn add(totals: &mut Totals, recorded: Recorded<BasketEvent>) {
    let (stream, commit) = (recorded.stream(), recorded.commit());
    totals.place(
        recorded.version(),
        recorded.position().offset().get(),
        commit.recorded_at.as_micros(),
    );
    totals.names(
        stream.tenant(),
        stream.category(),
        commit.metadata().actor.as_deref(),
        [stream.root_id(), commit.id],
    );
    totals.basket.apply(recorded.event);
}

/// The totals by hand.
fn by_hand(connection: &rusqlite::Connection) -> Result<Totals> {
    let mut totals = Totals::default();
    limit::read_all(connection, |seen| {
        let (stream, commit) = (seen.stream, seen.commit);
        totals.place(
            seen.version.cast_unsigned(),
            seen.position.cast_unsigned(),
            commit.recorded_at,
        );
        totals.names(
            &stream.tenant,
            &stream.category,
            commit.metadata.actor.as_deref(),
            [stream.root_id, commit.id],
        );
        seen.event.apply_to(&mut totals.basket);
        Ok(())
    })?;
    Ok(totals)
}

/// The way in which everything is read.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    Pages,
    Visit,
}

/// One task that reads everything.
pub(crate) struct Read {
    way: Way,
    expected: Totals,
    store: SqliteStore,
    connection: rusqlite::Connection,
    runtime: Runtime,
    _directory: TempDir,
}

impl Read {
    pub(crate) fn prepare(events: u32, way: Way) -> Result<Self> {
        let (directory, path) = filled(events)?;
        let (runtime, connection) = (Runtime::new()?, limit::open(&path)?);
        let store = runtime.block_on(SqliteStore::open(&path))?;
        let expected = by_hand(&connection)?;
        check::same(usize::try_from(events)?, expected.events)?;
        Ok(Self {
            way,
            expected,
            store,
            connection,
            runtime,
            _directory: directory,
        })
    }

    fn cost(&self, watch: Stopwatch, totals: Totals) -> Result<Cost> {
        let took = watch.stop()?;
        check::same(self.expected, totals)?;
        Ok(took.each(totals.events))
    }
}

impl Sides for Read {
    fn ours(&mut self) -> Result<Cost> {
        let store = self.store.clone();
        let watch = Stopwatch::start()?;
        let way = self.way;
        let reading = self.runtime.spawn(async move {
            match way {
                Way::Pages => ours(&store).await,
                Way::Visit => visited(&store).await,
            }
        });
        let totals = self.runtime.block_on(reading)??;
        self.cost(watch, totals)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let watch = Stopwatch::start()?;
        let totals = by_hand(&self.connection)?;
        self.cost(watch, totals).map(Some)
    }
}

/// Opens a store and reads everything.
pub(crate) fn read(path: &Path) -> Result<Totals> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let store = SqliteStore::open(path).await?;
        ours(&store).await
    })
}
