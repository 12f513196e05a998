//! Subscriptions to events that became several, or none.

use eventsource_core::codec::DecodeError;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Horizon, LocalBus, MemoryStore, Position, StreamId, Subscription, SubscriptionError, event,
};

use crate::order::{ItemAdded, listed};
use crate::stored::{append, json};

const LISTS: [&str; 4] = ["tea 2,coffee 1", "", "oil 1", "salt 2"];

fn after(store: &MemoryStore, position: Position) -> Subscription<ItemAdded> {
    Subscription::after(LocalBus::new(store.clone()), Horizon::unchecked(position))
}

/// The next `count` events: product, position and part.
async fn take(events: &mut Subscription<ItemAdded>, count: usize) -> Vec<(String, u64, u32)> {
    let mut taken = Vec::new();
    for _ in 0..count {
        let recorded = events.next().await.unwrap().unwrap();
        let (offset, part) = (recorded.position().offset().get(), recorded.part());
        taken.push((recorded.event.sku, offset, part));
    }
    taken
}

#[tokio::test]
async fn parts_come_one_after_the_other_at_one_position() {
    let store = MemoryStore::new();
    listed(&store, &LISTS).await;
    let all = take(&mut after(&store, Position::START), 6).await;
    let places: Vec<_> = all
        .iter()
        .map(|(_, offset, part)| (*offset, *part))
        .collect();
    assert_eq!(places, [(1, 0), (1, 1), (1, 2), (3, 0), (4, 0), (4, 1)]);
}

/// A subscriber that stored the position of the last event would lose the later parts of that event.
#[tokio::test]
async fn a_new_start_after_its_position_misses_no_part() {
    let store = MemoryStore::new();
    listed(&store, &LISTS).await;
    let all = take(&mut after(&store, Position::START), 6).await;
    let positions = [0, 0, 0, 1, 3, 3, 4];
    for (count, position) in (0..=6).zip(positions) {
        let mut first = after(&store, Position::START);
        let mut taken = take(&mut first, count).await;
        assert_eq!(
            first.horizon().position(),
            Position::new(position),
            "after {count}"
        );
        // The parts of the event in the middle of which it ended come again.
        taken.retain(|(_, offset, _)| *offset <= position);
        let rest = 6 - taken.len();
        taken.extend(take(&mut after(&store, first.horizon().position()), rest).await);
        assert_eq!(taken, all, "after {count}");
    }
}

#[event(name = "bell.rung", version = 2, from = RungV1)]
struct Rung {
    times: u8,
}

#[event(name = "bell.rung")]
struct RungV1 {
    times: u8,
}

impl From<RungV1> for Rung {
    fn from(RungV1 { times }: RungV1) -> Self {
        assert_ne!(times, 13, "this is not foreseen");
        Self { times }
    }
}

/// If the subscription continued, it would skip the events that were read with it.
#[tokio::test]
async fn a_subscription_ends_where_a_step_panics_and_says_where_that_is() {
    let store = MemoryStore::new();
    let stream = StreamId::new("bell", Uuid::now_v7());
    for times in [1, 13, 2] {
        let payload = format!(r#"{{"times":{times}}}"#);
        append(&store, vec![json(&stream, "bell.rung", 1, &payload)]).await;
    }
    let bus = LocalBus::new(store);
    let mut rung = Subscription::<Rung>::after(bus, Horizon::START);
    assert_eq!(rung.next().await.unwrap().unwrap().event.times, 1);
    let Some(Err(SubscriptionError::Undecodable(error))) = rung.next().await else {
        panic!("it was read")
    };
    assert_eq!((error.stream, error.version), (stream, 2));
    assert_eq!(error.position, Position::new(2));
    let DecodeError::Panicked { name, message, .. } = error.source else {
        panic!("{:?}", error.source)
    };
    assert_eq!(name, "bell.rung");
    assert!(message.contains("this is not foreseen"), "{message}");
    assert_eq!(rung.horizon().position(), Position::new(1));
    assert!(rung.next().await.is_none());
}
