//! Commits at random.

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::CommitEnvelope;
use eventsource_core::{Codec, Metadata, Position, StreamId, Tag, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// Generates one of a few texts, so that many are repeated, or any text.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[ab]", 1 => any::<String>()]
}

fn event() -> impl Strategy<Value = NewEvent> {
    let codec = prop_oneof![Just(Codec::Json), Just(Codec::MessagePack)];
    let of_type = (text(), prop_oneof![Just(1), any::<u32>()], codec);
    let tags = vec(text(), 0..5);
    let payload = vec(any::<u8>(), 0..300);
    let root_id = prop_oneof![0..3_u128, any::<u128>()];
    (text(), root_id, of_type, tags, payload).prop_map(
        |(category, root_id, of_type, tags, payload)| {
            let (name, schema, codec) = of_type;
            let stream = StreamId::new(category, Uuid::from_u128(root_id));
            let tags = tags.iter().map(|tag| Tag::from_stored(tag)).collect();
            NewEvent::new(stream, name, schema, codec, payload).tagged(tags)
        },
    )
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let texts = vec(option::of(text()), 6);
    let occurred_at = option::of(any::<i64>());
    (texts, occurred_at, btree_map(text(), text(), 0..4)).prop_map(|(texts, time, entries)| {
        let mut metadata = Metadata::new();
        let mut texts = texts.into_iter();
        let mut next = || texts.next().flatten();
        metadata.actor = next();
        metadata.on_behalf_of = next();
        metadata.reason = next();
        metadata.correlation = next();
        metadata.causation = next();
        metadata.traceparent = next();
        metadata.occurred_at = time.map(Timestamp::from_micros);
        metadata.entries = entries;
        metadata
    })
}

fn commit() -> impl Strategy<Value = Commit> {
    let events = vec(event(), 1..30);
    (any::<u128>(), text(), events, metadata()).prop_map(|(id, tenant, mut events, metadata)| {
        for event in &mut events {
            event.stream = event.stream.clone().in_tenant(tenant.clone());
        }
        Commit::new(Uuid::from_u128(id), events).metadata(metadata)
    })
}

proptest! {
    #[test]
    fn a_commit_comes_back_as_it_was(
        commit in commit(),
        recorded_at in any::<i64>(),
        first in 1..u64::MAX / 2,
    ) {
        let recorded_at = Timestamp::from_micros(recorded_at);
        let first_of = |stream: &StreamId| first + u64::from(stream.root_id().as_bytes()[15]);
        let bytes = CommitEnvelope::encode(&commit, recorded_at, first_of).unwrap();
        let envelope = CommitEnvelope::decode(&bytes).unwrap();
        prop_assert_eq!(envelope.recorded_at(), recorded_at);
        let header = CommitEnvelope::decode_header(&bytes, Position::new(9)).unwrap();
        prop_assert_eq!(header.horizon(), envelope.horizon(Position::new(9)));
        let metadata = commit.metadata.clone();
        prop_assert_eq!(header.with_metadata(metadata), envelope.header(Position::new(9)));
        prop_assert_eq!(envelope.digest(), commit.digest());
        for stream in envelope.streams() {
            let of_stream = envelope.events().filter(|event| event.stream == stream);
            let versions: Vec<u64> = of_stream.map(|event| event.version).collect();
            let expected: Vec<u64> = (first_of(stream)..).take(versions.len()).collect();
            prop_assert_eq!(versions, expected);
        }
        let read = envelope.to_commit();
        prop_assert_eq!(&read, &commit);
        let again = CommitEnvelope::encode(&read, recorded_at, first_of).unwrap();
        prop_assert_eq!(again, bytes);
    }

    #[test]
    fn a_changed_byte_is_found(
        commit in commit(),
        at in any::<prop::sample::Index>(),
        change in 1..=u8::MAX,
    ) {
        let time = Timestamp::default();
        let mut bytes = CommitEnvelope::encode(&commit, time, |_| 1).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(CommitEnvelope::decode(&bytes).is_err());
        prop_assert!(CommitEnvelope::decode(&bytes[..at]).is_err());
    }
}
