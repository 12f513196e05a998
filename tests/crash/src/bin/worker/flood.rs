//! Appends as fast as possible.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, StreamId, StreamStore};
use eventsource_crash_tests::print_line;
use eventsource_sqlite::SqliteStore;

/// Appends commits of `events` events in this number of tasks until the process is killed, and
/// periodically reports how many events are stored. A task that fails reports the error and ends.
pub(crate) async fn run(store: &SqliteStore, tasks: u64, events: u64) {
    let stored = Arc::<AtomicU64>::default();
    for _ in 0..tasks {
        tokio::spawn(append(store.clone(), events, Arc::clone(&stored)));
    }
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        print_line(&format!("stored {}", stored.load(Ordering::Relaxed)));
    }
}

async fn append(store: SqliteStore, events: u64, stored: Arc<AtomicU64>) {
    loop {
        if let Err(error) = store.append(commit(events)).await {
            return print_line(&format!("failed {error}"));
        }
        stored.fetch_add(events, Ordering::Relaxed);
    }
}

fn commit(events: u64) -> Commit {
    let cart = StreamId::new("cart", Uuid::now_v7());
    let event = NewEvent::new(cart, "cart.opened", 1, Codec::Json, b"{}".to_vec());
    let events = std::iter::repeat_n(event, usize::try_from(events).expect("a few"));
    Commit::new(Uuid::now_v7(), events.collect())
}
