//! Writing as fast as it goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, StreamId, StreamStore};
use eventsource_crash_tests::tell;
use eventsource_sqlite::SqliteStore;

/// Appends in so many tasks commits of so many events until the process is killed, and says now and
/// then how many are stored. A task that meets an error says so and ends.
pub(crate) async fn run(store: &SqliteStore, tasks: u64, events: u64) {
    let stored = Arc::<AtomicU64>::default();
    for _ in 0..tasks {
        tokio::spawn(append(store.clone(), events, Arc::clone(&stored)));
    }
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        tell(&format!("stored {}", stored.load(Ordering::Relaxed)));
    }
}

async fn append(store: SqliteStore, events: u64, stored: Arc<AtomicU64>) {
    loop {
        if let Err(error) = store.append(commit(events)).await {
            return tell(&format!("failed {error}"));
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
