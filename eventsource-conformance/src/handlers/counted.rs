//! The events that the handler of the suite counts.

use std::collections::BTreeMap;

use eventsource_core::store::NewEvent;
use eventsource_core::{Codec, EventStore, Position, Query, StreamId, event};
use uuid::Uuid;

use crate::store::support::{commit, read_all};

/// The name of the handler, in each of its versions.
pub const NAME: &str = "conformance_counts";

const EVENT: &str = "conformance.counted";

/// The event that the handler counts.
///
/// ```
/// use eventsource_conformance::handlers::Counted;
/// use eventsource_core::EventSet;
///
/// assert_eq!(Counted::EVENTS[0].name, "conformance.counted");
/// ```
#[event(name = "conformance.counted")]
#[derive(Clone, Copy, Debug)]
pub struct Counted {}

/// The numbers of events that the handler counted, by [`StreamId::to_string`](StreamId).
///
/// ```
/// use eventsource_conformance::handlers::Counts;
/// use eventsource_core::StreamId;
/// use eventsource_core::uuid::Uuid;
///
/// let stream = StreamId::new("cart", Uuid::nil()).to_string();
/// let mut counts = Counts::new();
/// *counts.entry(stream.clone()).or_default() += 1;
/// assert_eq!(counts[&stream], 1);
/// ```
pub type Counts = BTreeMap<String, u64>;

pub(super) fn stream() -> StreamId {
    StreamId::new("counted", Uuid::now_v7())
}

/// Appends a commit of so many events that count, between others that do not.
pub(super) async fn append(store: &dyn EventStore, stream: &StreamId, count: usize) {
    let event =
        |name: &'static str| NewEvent::new(stream.clone(), name, 1, Codec::Json, b"{}".to_vec());
    let mut events = vec![event("conformance.other")];
    events.extend((0..count).map(|_| event(EVENT)));
    events.push(event("conformance.other"));
    let appended = store.append(commit(events)).await;
    appended.expect("an append beside handlers");
}

/// The counts that a handler has to have which took each event up to this position once.
pub(super) async fn count_up_to(store: &std::sync::Arc<dyn EventStore>, last: Position) -> Counts {
    let mut counts = Counts::new();
    for event in read_all(store, &Query::all(), 1_000).await {
        if event.name == EVENT && event.position.offset() <= last.offset() {
            *counts.entry(event.stream.to_string()).or_default() += 1;
        }
    }
    counts
}
