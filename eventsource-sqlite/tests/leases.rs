//! Runners on a file that come and go.

use std::time::{Duration, Instant};

use eventsource_core::{Project, Projection, Recorded, Runner, event};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

#[event]
struct Noted {}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "notes", key = root_id, events(Noted))]
struct Notes {}

impl Project<Noted> for Notes {
    fn project(&mut self, _: &Recorded<Noted>) {}
}

/// Wherever it was: also where it had claimed and did not know yet that it was given the lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_stops_leaves_no_lease_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"));
    let store = store.await.unwrap();
    let runner = || Runner::new(store.clone(), store.clone()).project::<Notes>();
    let started = Instant::now();
    for round in 0..60 {
        let running = runner().start().await.unwrap();
        tokio::time::sleep(Duration::from_micros(50 * round)).await;
        if round % 2 == 0 {
            running.stop().await;
        } else {
            drop(running);
        }
        let caught_up = runner().catch_up().await;
        assert!(caught_up.is_ok(), "round {round}: {caught_up:?}");
    }
    let took = started.elapsed();
    // A single lease that is left takes longer.
    assert!(took < Duration::from_secs(5), "{took:?}");
    store.close().await;
}
