//! From the commit to the handler.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use eventsource_core::store::Commit;
use eventsource_core::{Codec, LocalBus, StreamStore, Subscription};
use eventsource_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::events::{BasketEvent, encoded, sample};
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::limit;
use crate::seed::stream_id;

const COMMITS: u32 = 2_000;
/// Between two commits, so that each meets a subscriber that waits.
const PAUSE: Duration = Duration::from_micros(500);

pub(crate) fn workloads() -> Vec<Workload> {
    let percentiles = [
        (
            "bus.latency.p50",
            "from the acknowledgement of a commit to a subscriber that waits, median",
            50,
        ),
        ("bus.latency.p99", "the same, 99th percentile", 99),
    ];
    let workload = |(name, about, percentile)| {
        Workload::new(name, about, Unit::Micros, move || {
            Latency::prepare(percentile)
        })
    };
    percentiles.into_iter().map(workload).collect()
}

/// Sequential commits, and a reader that waits for each.
struct Latency {
    percentile: usize,
    store: SqliteStore,
    path: std::path::PathBuf,
    runtime: Runtime,
    _directory: TempDir,
}

/// The position of a commit, and when it was acknowledged or handled.
type Moment = (u64, Instant);

impl Latency {
    fn prepare(percentile: usize) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        let runtime = Runtime::new()?;
        let store = runtime.block_on(SqliteStore::open(&path))?;
        Ok(Self {
            percentile,
            store,
            path,
            runtime,
            _directory: directory,
        })
    }

    /// Commits, telling each acknowledgement to `acknowledged`.
    fn commit(&self, mut acknowledged: impl FnMut(u64) -> Result<()>) -> Result<Vec<Moment>> {
        let mut moments = Vec::new();
        for n in 0..COMMITS {
            let stream = stream_id(Uuid::now_v7());
            let event = encoded(&stream, &sample(n), Codec::Json)?;
            let commit = Commit::new(Uuid::now_v7(), vec![event]);
            let receipt = self.runtime.block_on(self.store.append(commit))?;
            let position = receipt.last.offset().get();
            moments.push((position, Instant::now()));
            acknowledged(position)?;
            std::thread::sleep(PAUSE);
        }
        Ok(moments)
    }

    fn cost(&self, acknowledged: &[Moment], handled: &[Moment]) -> Result<Cost> {
        if acknowledged.len() != handled.len() {
            return Err("not every commit was handled".into());
        }
        let mut latencies = Vec::new();
        for (acknowledged, handled) in acknowledged.iter().zip(handled) {
            if acknowledged.0 != handled.0 {
                return Err("a commit was handled in another's place".into());
            }
            let latency = handled.1.saturating_duration_since(acknowledged.1);
            latencies.push(latency.as_secs_f64() * 1e6);
        }
        latencies.sort_by(f64::total_cmp);
        Ok(Cost::of(
            latencies[(latencies.len() - 1) * self.percentile / 100],
        ))
    }
}

impl Sides for Latency {
    fn ours(&mut self) -> Result<Cost> {
        let bus = LocalBus::new(self.store.clone());
        let from_now = Subscription::<BasketEvent>::from_now(bus);
        let (tell, told) = mpsc::channel();
        let mut events = self.runtime.block_on(from_now)?;
        self.runtime.spawn(async move {
            while let Some(Ok(recorded)) = events.next().await {
                let moment = (recorded.position().offset().get(), Instant::now());
                if tell.send(moment).is_err() {
                    break;
                }
            }
        });
        let acknowledged = self.commit(|_| Ok(()))?;
        let handled: Vec<Moment> = told.iter().take(acknowledged.len()).collect();
        self.cost(&acknowledged, &handled)
    }

    /// The committing thread wakes a reading thread through a channel; that thread reads a page.
    fn limit(&mut self) -> Result<Option<Cost>> {
        let connection = limit::open(&self.path)?;
        let mut after: i64 =
            connection.query_row("SELECT coalesce(max(position), 0) FROM events", [], |row| {
                row.get(0)
            })?;
        let (wake, woken) = mpsc::channel::<u64>();
        let reader = std::thread::spawn(move || -> Result<Vec<Moment>> {
            let mut moments = Vec::new();
            while woken.recv().is_ok() {
                limit::read_after(&connection, after, |position, event| {
                    std::hint::black_box(event);
                    moments.push((position.cast_unsigned(), Instant::now()));
                    after = position;
                })?;
            }
            Ok(moments)
        });
        let acknowledged = self.commit(|position| Ok(wake.send(position)?))?;
        drop(wake);
        let handled = reader.join().map_err(|_| "the reader panicked")??;
        self.cost(&acknowledged, &handled).map(Some)
    }
}
