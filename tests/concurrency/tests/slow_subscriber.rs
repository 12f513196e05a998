//! A slow subscriber does not make memory grow. The test has a process of its own, whose memory is
//! measured.

use std::fs;

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, Horizon, LocalBus, Position, StreamId, StreamStore, Subscription, event,
};
use eventsource_sqlite::SqliteStore;

const COMMITS: usize = 1_500;
const EVENTS: usize = 100;
/// The total is 150 MiB.
const LETTERS: usize = 1_024;
const MAY_GROW_KIB: u64 = 64 * 1_024;

#[event]
struct Noted {
    text: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_bounded_behind_a_subscriber_that_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    let bus = LocalBus::new(store.clone());
    let mut slow = Subscription::<Noted>::after(bus.clone(), Horizon::START);
    let mut quick = Subscription::<Noted>::after(bus, Horizon::START);
    store.append(commit(1)).await.unwrap();
    slow.next().await.unwrap().unwrap();
    let quick = tokio::spawn(async move {
        for _ in 0..=COMMITS * EVENTS {
            quick.next().await.unwrap().unwrap();
        }
    });

    let before = peak_kib();
    for _ in 0..COMMITS {
        store.append(commit(EVENTS)).await.unwrap();
    }
    quick.await.unwrap();
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        let grown = after - before;
        println!(
            "{grown} KiB more for {} KiB of events",
            COMMITS * EVENTS * LETTERS / 1_024
        );
        assert!(grown < MAY_GROW_KIB, "{grown} KiB");
    }
    // The subscriber has missed no event.
    for position in 2..=(COMMITS * EVENTS + 1) as u64 {
        let recorded = slow.next().await.unwrap().unwrap();
        assert_eq!(recorded.position(), Position::new(position));
    }
}

fn commit(events: usize) -> Commit {
    let stream = StreamId::new("note", Uuid::now_v7());
    let payload = format!(r#"{{"text":"{}"}}"#, "x".repeat(LETTERS));
    let event = || {
        let payload = payload.clone().into_bytes();
        NewEvent::new(stream.clone(), "noted", 1, Codec::Json, payload)
    };
    Commit::new(Uuid::now_v7(), (0..events).map(|_| event()).collect())
}

/// Reads the peak memory of the process, if the system reports it.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}
