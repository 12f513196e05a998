//! One process appends while eight others write as fast as they can.

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use eventsource_core::StreamStore;
use eventsource_crash_tests::commit;
use eventsource_sqlite::SqliteStore;

use crate::support::block_on;
use crate::support::worker::{Worker, command};

/// The variable with the length of the test in seconds, 30 by default.
const SECONDS: &str = "FAIRNESS_SECONDS";

/// Four processes append single events in 16 tasks each; four append many events at once, as an import
/// does.
fn eight(store: &Path) -> Vec<Worker> {
    let worker = |arguments: [u64; 2]| Worker::start(command("flood", store, &arguments));
    let workers: Vec<_> = [[16, 1], [2, 500]]
        .repeat(4)
        .into_iter()
        .map(worker)
        .collect();
    for worker in &workers {
        while worker.line().expect("it does not end") == "stored 0" {}
    }
    workers
}

/// Appends sequentially for a time and measures the latency of each append.
async fn appends(store: &SqliteStore, time: Duration) -> Vec<Duration> {
    let (end, mut latencies) = (Instant::now() + time, Vec::new());
    while Instant::now() < end {
        let commit = commit(1, latencies.len() as u64);
        let began = Instant::now();
        let stored = store.append(commit).await;
        latencies.push(began.elapsed());
        stored.expect("no append fails");
    }
    latencies
}

#[test]
fn a_process_is_not_kept_waiting_by_eight_that_write_as_fast_as_they_can() {
    let seconds = env::var(SECONDS).map_or(30, |seconds| seconds.parse().expect("a number"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let workers = eight(&path);
    let mut latencies = block_on(async {
        let store = SqliteStore::open(&path).await.unwrap();
        appends(&store, Duration::from_secs(seconds)).await
    });
    latencies.sort_unstable();
    let [median, p99, longest] = [50, 99, 100].map(|percent| {
        let index = (latencies.len() * percent / 100).min(latencies.len() - 1);
        latencies[index]
    });
    let count = latencies.len();
    println!("{count} appends: median {median:?}, 99 % within {p99:?}, longest {longest:?}");
    for worker in &workers {
        let said: Vec<String> = worker.lines_so_far().collect();
        println!("one of the eight: {:?}", said.last());
        let failed = said.iter().find(|line| line.starts_with("failed"));
        assert_eq!(failed, None, "no append fails");
        assert_ne!(said.first(), said.last(), "each of them goes on");
    }
    assert!(p99 < Duration::from_millis(250), "{p99:?}");
}
