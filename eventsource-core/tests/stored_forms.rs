//! The stored forms of values, in columns, in rows and in metadata. If one changed, programs in use
//! could not read new data, and new programs could not read stored data.

use std::fmt::Debug;

use eventsource_core::projection::KeyPart;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, Key, Metadata, Position, Revision, StreamId, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

fn is_stored_as<T>(value: &T, json: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(serde_json::from_str::<T>(json).unwrap(), *value);
}

#[test]
fn positions_revisions_and_times_in_rows_are_for_ever() {
    let position = Position::new(u64::MAX).in_log(2);
    is_stored_as(&position, r#"{"log":2,"offset":9223372036854775807}"#);
    let revision = Revision::with_check(3, Position::new(17), 0x9f2c_41aa);
    is_stored_as(
        &revision,
        r#"{"version":3,"position":{"log":0,"offset":17},"check":2670477738}"#,
    );
    is_stored_as(&Timestamp::from_micros(-1), "-1");
}

#[test]
fn metadata_are_for_ever() {
    is_stored_as(&Metadata::new(), "{}");
    let all = Metadata::new()
        .actor("a")
        .on_behalf_of("b")
        .reason("c")
        .correlation("d")
        .causation("e")
        .traceparent("f")
        .occurred_at(Timestamp::from_micros(7))
        .entry("g", "h");
    is_stored_as(
        &all,
        r#"{"actor":"a","on_behalf_of":"b","reason":"c","correlation":"d","causation":"e","traceparent":"f","occurred_at":7,"entries":{"g":"h"}}"#,
    );
}

#[test]
fn codecs_have_their_names_for_ever() {
    for (codec, name) in [(Codec::Json, "json"), (Codec::MessagePack, "msgpack")] {
        assert_eq!(codec.name(), name);
        assert_eq!(Codec::from_name(name), Some(codec));
    }
}

#[test]
fn the_keys_of_rows_are_for_ever() {
    let id = Uuid::from_u128(0xABC);
    let text = "00000000-0000-0000-0000-000000000abc";
    let texts = |texts: &[&str]| -> Vec<KeyPart> {
        texts.iter().map(|it| KeyPart::Text((*it).into())).collect()
    };
    assert_eq!(Key::of(&id), Key::from_parts(texts(&[text])));
    let stream = StreamId::new("cart", id).in_tenant("acme");
    let parts = texts(&["acme", "cart", text]);
    assert_eq!(Key::of(&stream), Key::from_parts(parts));
    let numbers = [1, -2, 3].map(KeyPart::Integer).to_vec();
    assert_eq!(Key::of(&(true, -2_i8, 3_u32)), Key::from_parts(numbers));
}
