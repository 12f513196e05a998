//! Pages and receipts that are made of envelopes are those of a store.

use std::collections::HashMap;

use eventsource_core::store::{Commit, NewEvent, PageBuilder, ReadLog, ReadStream, StoredEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::CommitEnvelope;
use eventsource_core::{
    Codec, EventLog, Filter, MemoryStore, Metadata, Position, Query, Receipt, StreamId,
    StreamStore, Tag,
};

fn commits() -> Vec<Commit> {
    let stream = |id| StreamId::new("account", Uuid::from_u128(id)).in_tenant("acme");
    let event = |id, name: &'static str| {
        NewEvent::new(
            stream(id),
            name,
            1,
            Codec::Json,
            format!("{{\"id\":{id}}}").into_bytes(),
        )
        .tagged(vec![Tag::new("account", id), Tag::new("bank", 1)])
    };
    let commit = |id, events| Commit::new(Uuid::from_u128(id), events);
    vec![
        commit(1, vec![event(1, "opened")]),
        commit(
            2,
            vec![
                event(2, "opened"),
                event(1, "withdrawn"),
                event(2, "deposited"),
            ],
        )
        .metadata(Metadata::new().actor("ann")),
        commit(3, vec![event(3, "opened")]),
        commit(4, vec![event(1, "closed"), event(2, "closed")]),
    ]
}

/// The store's receipts, and an envelope for each of its commits.
async fn stored(store: &MemoryStore) -> Vec<(Receipt, Vec<u8>)> {
    let mut versions: HashMap<StreamId, u64> = HashMap::new();
    let mut stored = Vec::new();
    for commit in commits() {
        let receipt = store.append(commit.clone()).await.unwrap();
        let first = |stream: &StreamId| versions.get(stream).copied().unwrap_or_default() + 1;
        let bytes = CommitEnvelope::encode(&commit, receipt.recorded_at, first).unwrap();
        for event in commit.events {
            *versions.entry(event.stream).or_default() += 1;
        }
        stored.push((receipt, bytes));
    }
    stored
}

fn position(receipt: &Receipt) -> impl Fn(u32) -> Position {
    let first = receipt.first.offset().get();
    move |index| Position::new(first + u64::from(index))
}

#[tokio::test]
async fn receipts_are_those_of_the_store() {
    for (receipt, bytes) in stored(&MemoryStore::new()).await {
        let envelope = CommitEnvelope::decode(&bytes).unwrap();
        assert_eq!(envelope.receipt(position(&receipt)), receipt);
    }
}

#[tokio::test]
async fn pages_are_those_of_the_store() {
    let store = MemoryStore::new();
    let stored = stored(&store).await;
    let filters = [
        Filter::new(),
        Filter::new().name("opened"),
        Filter::new().tag(Tag::new("account", 2)),
        Filter::new().name("nothing"),
    ];
    for query in filters.map(Query::from) {
        let expected = store.read(ReadLog::new(query.clone())).await.unwrap();
        let mut page = PageBuilder::new();
        for (receipt, bytes) in &stored {
            let envelope = CommitEnvelope::decode(bytes).unwrap();
            let wanted = |event: &StoredEvent<'_>| query.matches(event);
            envelope.add_to(&mut page, position(receipt), wanted);
        }
        let page = page.finish(expected.through(), true);
        assert_eq!(format!("{page:?}"), format!("{expected:?}"));
        let payloads = |page: &eventsource_core::store::Page| {
            page.events()
                .map(|event| event.payload.to_vec())
                .collect::<Vec<_>>()
        };
        assert_eq!(payloads(&page), payloads(&expected));
    }
}

#[tokio::test]
async fn streams_are_read_backward_as_by_the_store() {
    let store = MemoryStore::new();
    let stored = stored(&store).await;
    let envelopes = stored
        .iter()
        .map(|(_, bytes)| CommitEnvelope::decode(bytes).unwrap());
    let envelopes: Vec<_> = envelopes.collect();
    let streams = envelopes.iter().flat_map(|it| it.streams().iter().cloned());
    for stream in streams {
        let read = ReadStream::backward(stream.clone(), u64::MAX).with_metadata();
        let expected = store.read_stream(read).await.unwrap();
        let mut page = PageBuilder::new();
        for (envelope, (receipt, _)) in envelopes.iter().zip(&stored).rev() {
            let wanted = |event: &StoredEvent<'_>| *event.stream == stream;
            envelope.add_reversed_to(&mut page, position(receipt), wanted);
        }
        let page = page.finish(expected.through(), true);
        assert_eq!(format!("{page:?}"), format!("{expected:?}"));
    }
}

#[test]
fn an_envelope_shows_no_payload() {
    let event = NewEvent::new(
        StreamId::new("patient", Uuid::nil()),
        "admitted",
        1,
        Codec::Json,
        b"{\"name\":\"Ann\"}".to_vec(),
    );
    let commit = Commit::new(Uuid::nil(), vec![event]);
    let bytes = CommitEnvelope::encode(&commit, eventsource_core::Timestamp::default(), |_| 1);
    let bytes = bytes.unwrap();
    let shown = format!("{:?}", CommitEnvelope::decode(&bytes).unwrap());
    assert!(
        shown.contains("Payload(14 bytes, sha256 fb782b5c)"),
        "{shown}"
    );
    assert!(
        !shown.contains("Ann") && !shown.contains("123, 34, 110"),
        "{shown}"
    );
}
