//! Whatever is stored under whichever version: it is an error, or events of today, and no panic.

use eventsource_core::codec::{DecodeError, PayloadContext};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventSet, StreamId};
use proptest::prelude::*;

use crate::chain::{Registered, VisitorEvent};
use crate::order::OrderEvent;

/// Reads it as this set of events; what fails hands nothing over.
fn read<S: EventSet>(name: &str, version: u32, codec: Codec, payload: &[u8]) {
    let stream = StreamId::new("any", Uuid::nil());
    let context = PayloadContext::new(&stream, name, version, codec);
    let mut parts = 0;
    let read = S::decode(&context, payload, &mut |_| parts += 1);
    let Err(error) = read else { return };
    assert_eq!(parts, 0, "{error}");
    let known = S::EVENTS.iter().find(|of| of.is_stored_as(name));
    match (error, known) {
        (DecodeError::UnknownName { .. }, known) => assert!(known.is_none()),
        (
            DecodeError::FromTheFuture {
                stored,
                known: newest,
                ..
            },
            Some(known),
        ) => {
            assert!(stored > newest && newest == known.version);
        }
        (DecodeError::UnknownVersion { stored, .. }, Some(_)) => assert_eq!(stored, 0),
        (
            DecodeError::Upcast {
                stored, version, ..
            },
            Some(known),
        ) => {
            assert!(stored < version && version <= known.version);
        }
        (DecodeError::Payload { schema, .. }, Some(_)) => assert_eq!(schema, version),
        (error, _) => panic!("{error}"),
    }
}

fn read_as_all(name: &str, version: u32, payload: &[u8]) {
    for codec in [Codec::Json, Codec::MessagePack] {
        read::<OrderEvent>(name, version, codec, payload);
        read::<VisitorEvent>(name, version, codec, payload);
        read::<Registered>(name, version, codec, payload);
    }
}

fn names() -> impl Strategy<Value = &'static str> {
    let names = [
        "order.items-added",
        "order.item-added",
        "order.placed",
        "guest.registered",
        "guest.named",
        "guest.aged",
        "nobody",
    ];
    prop::sample::select(names.to_vec())
}

fn versions() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 0..9_u32, 1 => any::<u32>()]
}

/// Objects with the fields of all versions, of values that fit and of others.
fn objects() -> impl Strategy<Value = Vec<u8>> {
    let names = [
        "list",
        "sku",
        "quantity",
        "name",
        "full_name",
        "age",
        "first",
        "last",
        "who",
        "years",
    ];
    let value = prop_oneof![
        any::<i64>().prop_map(Into::into),
        (0..300_i64).prop_map(Into::into),
        "[a-z0-9 ,]{0,12}".prop_map(Into::into),
        Just(serde_json::Value::Null),
        Just(serde_json::json!({"first": "Ann", "last": "Lee"})),
        Just(serde_json::json!(["Ann Lee"])),
    ];
    let field = (prop::sample::select(names.to_vec()), value);
    let object = prop::collection::vec(field, 0..8);
    object.prop_map(|fields| {
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let object: serde_json::Map<String, serde_json::Value> = fields.collect();
        serde_json::to_vec(&object).unwrap()
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        name in names(),
        version in versions(),
        payload in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        read_as_all(name, version, &payload);
    }

    #[test]
    fn objects_of_any_version_are_read_or_refused_under_every_other(
        name in names(),
        version in versions(),
        json in objects(),
    ) {
        read_as_all(name, version, &json);
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        read_as_all(name, version, &rmp_serde::to_vec_named(&value).unwrap());
    }
}
