//! A domain, a clock, and stores that block appends or interfere with them.

mod account;
mod blocking_store;
mod clock;
mod interfering_store;

pub(crate) use account::{
    Account, AccountEvent, Refusal, accounts, balances, deposited, deposits, opened, transfer,
};
pub(crate) use blocking_store::BlockingStore;
pub(crate) use clock::Clock;
pub(crate) use interfering_store::InterferingStore;

use eventsource_core::store::{Page, ReadLog};
use eventsource_core::{EventStore, Query};

/// Reads all stored events.
pub(crate) async fn everything(store: &dyn EventStore) -> Page {
    let page = store.read(ReadLog::new(Query::all()).limit(10_000)).await;
    let page = page.expect("the store can be read");
    assert!(page.is_complete(), "one page is enough for these tests");
    page
}

pub(crate) async fn count(store: &dyn EventStore) -> usize {
    everything(store).await.len()
}
