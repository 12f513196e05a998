//! The contracts of every store.

#[path = "support/bed.rs"]
mod bed;

use std::sync::Arc;

use eventsource_conformance::store::TestBed;
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{Codec, EventLog, Horizon, StreamId, StreamStore};

use bed::SqliteBed;

fn environment() -> Arc<dyn Environment> {
    Arc::new(SystemEnvironment)
}

/// The bed supports held appends, so no case is skipped for the lack of them.
#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_held_before_it_commits() {
    let bed = SqliteBed::new();
    let [store, other] = [bed.open(environment()).await, bed.open(environment()).await];
    let mut hold = bed.hold(&store).unwrap();
    let cart = StreamId::new("cart", Uuid::now_v7());
    let event = NewEvent::new(cart, "cart.opened", 1, Codec::Json, b"{}".to_vec());
    let new = Commit::new(Uuid::now_v7(), vec![event]);
    let append = tokio::spawn(async move { store.append(new).await });
    hold.reached().await;
    assert_eq!(other.head().await.unwrap(), Horizon::START);
    hold.release();
    let receipt = append.await.unwrap().unwrap();
    assert_eq!(other.head().await.unwrap(), receipt.horizon());
}

eventsource_conformance::store_conformance!(SqliteBed::new());
