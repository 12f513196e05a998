//! The size of an envelope.

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::CommitEnvelope;
use eventsource_core::{Codec, Metadata, StreamId, Tag, Timestamp};

/// The bytes of an envelope beside the payloads.
fn overhead(events: usize, payload: usize, tags: bool, metadata: Metadata) -> usize {
    let stream = StreamId::new("cart", Uuid::max());
    let event = |number: usize| {
        let tags = tags.then(|| vec![Tag::new("sku", "green-tea"), Tag::new("line", number)]);
        let payload = vec![b'x'; payload];
        NewEvent::new(stream.clone(), "cart.item-added", 1, Codec::Json, payload)
            .tagged(tags.unwrap_or_default())
    };
    let commit = Commit::new(Uuid::max(), (0..events).map(event).collect());
    let commit = commit.metadata(metadata);
    let bytes = CommitEnvelope::encode(&commit, Timestamp::default(), |_| 1).unwrap();
    bytes.len() - events * payload
}

/// The figures in `wire.md`.
#[test]
fn an_envelope_is_as_large_as_documented() {
    let none = Metadata::new;
    let traced = || {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        Metadata::new().actor("clerk 7").traceparent(trace)
    };
    let rows = [
        ("1 event", overhead(1, 100, false, none())),
        (
            "1 event, actor and trace",
            overhead(1, 100, false, traced()),
        ),
        ("1 event, 2 tags", overhead(1, 100, true, none())),
        ("100 events", overhead(100, 100, false, none())),
        ("100 events, 2 tags each", overhead(100, 100, true, none())),
    ];
    let rows = rows.map(|(what, bytes)| format!("| {what} | {bytes} |\n"));
    let table = rows.concat();
    let documented = include_str!("../../src/wire.md");
    assert!(documented.contains(&table), "wire.md has to have:\n{table}");
}
