//! Events as another version of the program stored them.

use eventsource_core::codec::PayloadContext;
use eventsource_core::event::{AnyEvent, Event};
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, Receipt, StreamId, StreamStore};

/// An event as the program stored it for which this type was the one of its day.
pub(crate) fn written<E: Event>(stream: &StreamId, codec: Codec, event: &E) -> NewEvent {
    let context = PayloadContext::new(stream, E::NAME, E::VERSION, codec);
    let payload = AnyEvent::encode(event, &context).unwrap();
    let mut tags = Vec::new();
    AnyEvent::tags(event, &mut |tag| tags.push(tag));
    NewEvent::new(stream.clone(), E::NAME, E::VERSION, codec, payload).tagged(tags)
}

/// An event of this payload, in JSON.
pub(crate) fn json(stream: &StreamId, name: &'static str, version: u32, payload: &str) -> NewEvent {
    let payload = payload.as_bytes().to_vec();
    NewEvent::new(stream.clone(), name, version, Codec::Json, payload)
}

/// A commit of these events.
pub(crate) fn commit(events: Vec<NewEvent>) -> Commit {
    Commit::new(Uuid::now_v7(), events)
}

/// Stores events in one commit.
pub(crate) async fn append(store: &(impl StreamStore + ?Sized), events: Vec<NewEvent>) -> Receipt {
    store.append(commit(events)).await.unwrap()
}
