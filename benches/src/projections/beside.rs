//! Measures the cost of projections for appends.

use std::time::{Duration, Instant};

use eventsource_core::store::Commit;
use eventsource_core::{Codec, EventLog, ReadModel, Runner, StreamStore, WaitOutcome};
use eventsource_sqlite::SqliteStore;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::events::{encoded, sample};
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::rows::Kinds;
use crate::seed::stream_id;
use crate::stopwatch::Stopwatch;

const APPENDS: u32 = 2_000;
/// Between the starts of two appends: 1,000 a second.
const PACE: Duration = Duration::from_millis(1);

pub(crate) fn workloads() -> Vec<Workload> {
    let workload = |name, about, unit, measure| {
        Workload::new(name, about, unit, move || {
            Ok(Beside {
                measure,
                runtime: Runtime::new()?,
            })
        })
    };
    vec![
        workload(
            "append.p50.beside20",
            "an append beside 20 projections at 1,000 a second, median, and the CPU time of the process \
                for each; the limit is ours beside none",
            Unit::Micros,
            Measure::Append,
        ),
        workload(
            "bytes.read.beside20",
            "what the process reads from files meanwhile; the limit is ours beside one",
            Unit::MiB,
            Measure::BytesRead,
        ),
    ]
}

/// A fixed rate of appends, beside 20 projections; by hand means beside fewer.
struct Beside {
    measure: Measure,
    runtime: Runtime,
}

#[derive(Clone, Copy)]
enum Measure {
    /// The median of an append, beside 20 projections or none.
    Append,
    /// The bytes that the process reads, beside 20 projections or one.
    BytesRead,
}

impl Beside {
    fn run(&self, projections: usize) -> Result<Cost> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("store.db");
        self.runtime.block_on(async {
            let store = SqliteStore::open(&path).await?;
            let running = runner(&store, projections).start().await.unwrap();
            let before = bytes_read()?;
            let watch = Stopwatch::start()?;
            let latencies = append(&store).await?;
            if projections > 0 {
                wait(&store).await?;
            }
            let cpu = watch.stop()?.each(APPENDS as usize).cpu;
            let read = bytes_read()? - before;
            running.stop().await;
            store.close().await;
            Ok(match self.measure {
                Measure::Append => Cost {
                    figure: crate::harness::median(&latencies),
                    cpu,
                },
                Measure::BytesRead => Cost::of(read),
            })
        })
    }
}

impl Sides for Beside {
    fn ours(&mut self) -> Result<Cost> {
        self.run(20)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        self.run(match self.measure {
            Measure::Append => 0,
            Measure::BytesRead => 1,
        })
        .map(Some)
    }
}

/// The first so many.
fn runner(store: &SqliteStore, projections: usize) -> Runner {
    let mut runner = Runner::new(store.clone(), store.clone());
    macro_rules! add {
        ($($n:literal)*) => {
            $(if $n < projections { runner = runner.project::<Kinds<$n>>(); })*
        };
    }
    add!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    runner
}

/// Appends at a fixed rate and returns the latency of each append, in microseconds.
async fn append(store: &SqliteStore) -> Result<Vec<f64>> {
    let (mut latencies, mut next) = (Vec::new(), Instant::now());
    for n in 0..APPENDS {
        next += PACE;
        // The runtime's timer is too coarse for this.
        while let Some(left) = next.checked_duration_since(Instant::now()) {
            tokio::task::block_in_place(|| std::thread::sleep(left));
        }
        let stream = stream_id(Uuid::now_v7());
        let event = encoded(&stream, &sample(n), Codec::Json)?;
        let start = Instant::now();
        store
            .append(Commit::new(Uuid::now_v7(), vec![event]))
            .await?;
        latencies.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(latencies)
}

async fn wait(store: &SqliteStore) -> Result<()> {
    let model = ReadModel::<Kinds<0>>::new(store.clone(), store.clone());
    let waited = model
        .wait_for(store.head().await?.position(), Duration::from_mins(1))
        .await?;
    match waited {
        WaitOutcome::Reached => Ok(()),
        waited => Err(format!("the projection did not come to the end: {waited:?}").into()),
    }
}

/// Returns how much this process has read from files, in MiB, if the system reports it.
#[expect(clippy::cast_precision_loss, reason = "it is rounded anyway")]
fn bytes_read() -> Result<f64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    let bytes: u64 = read.ok_or("the system does not report rchar")?.parse()?;
    Ok(bytes as f64 / f64::from(1 << 20))
}
