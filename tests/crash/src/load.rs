//! The stored commits. Each is derived from its id, so that a reader can compute the expected commit.

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, Metadata, StreamId, Tag};
use fastrand::Rng;

/// The number of streams; small, so that writers compete for them.
const STREAMS: u64 = 8;

/// Builds the commit with this number of this writer. A writer counts from 0, and begins a commit
/// only after it has reported the outcome of the one before.
#[must_use]
pub fn commit(writer: u64, number: u64) -> Commit {
    let id = Uuid::from_u64_pair(writer, number);
    let mut random = Rng::with_seed(writer.rotate_left(32) ^ number);
    let count = if random.bool() { 1 } else { random.u64(2..6) };
    let events = (0..count).map(|index| event(&mut random, id, index));
    let commit = Commit::new(id, events.collect());
    if random.bool() {
        commit.metadata(Metadata::new().actor(format!("writer {writer}")))
    } else {
        commit
    }
}

/// Returns the writer of a commit and the commit's number.
#[must_use]
pub fn number(id: Uuid) -> (u64, u64) {
    id.as_u64_pair()
}

/// Returns the stream with this number.
#[must_use]
pub fn stream(number: u64) -> StreamId {
    StreamId::new("cart", Uuid::from_u64_pair(0, number)).in_tenant("shop")
}

/// Lists all streams.
pub fn streams() -> impl Iterator<Item = StreamId> {
    (0..STREAMS).map(stream)
}

fn event(random: &mut Rng, id: Uuid, index: u64) -> NewEvent {
    let stream = stream(random.u64(..STREAMS));
    let filler = "x".repeat(random.usize(..300));
    let payload = format!(r#"{{"commit":"{id}","index":{index},"filler":"{filler}"}}"#);
    let event = NewEvent::new(stream, "cart.filled", 1, Codec::Json, payload.into_bytes());
    match random.u8(..3) {
        0 => event.tagged(vec![Tag::new("index", index)]),
        _ => event,
    }
}
