//! A domain, a clock, and a store with which something happens on the way.

mod account;
mod clock;
mod gated;
mod staged;

pub(crate) use account::{
    Account, AccountEvent, Refusal, accounts, balances, deposited, deposits, opened, transfer,
};
pub(crate) use clock::Clock;
pub(crate) use gated::Gated;
pub(crate) use staged::Staged;

use eventsource_core::store::{Page, ReadLog};
use eventsource_core::{EventStore, Query};

/// Everything that is stored.
pub(crate) async fn everything(store: &dyn EventStore) -> Page {
    let page = store.read(ReadLog::new(Query::all()).limit(10_000)).await;
    let page = page.expect("the store can be read");
    assert!(page.is_complete(), "one page is enough for these tests");
    page
}

pub(crate) async fn count(store: &dyn EventStore) -> usize {
    everything(store).await.len()
}
