//! Payloads that nobody wrote with this library: damaged, or made to do harm.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use eventsource_core::codec::{DecodeError, PayloadContext};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventSet, StreamId, event};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, de::Error};

#[event(name = "x")]
#[derive(Eq)]
enum Hostile {
    Struct {
        text: String,
        numbers: Vec<u64>,
        map: BTreeMap<String, u64>,
        #[serde(with = "eventsource_core::base64")]
        bytes: Vec<u8>,
    },
    Wrapped(Vec<Vec<String>>),
    Tree(Tree),
    Expr(Expr),
    Pair(String, Vec<u16>),
    Unit,
    Chosen {
        kind: Kind,
    },
    Strict(Strict),
    Custom(Custom),
    Wide(i128),
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
struct Tree(Vec<Tree>);

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
enum Expr {
    Not(Box<Expr>),
    True,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
enum Kind {
    Known,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    known: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
struct Custom(String);

impl<'de> Deserialize<'de> for Custom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(D::Error::custom(format!("{text} is not welcome")))
    }
}

const BOTH: [Codec; 2] = [Codec::Json, Codec::MessagePack];

fn read(name: &str, codec: Codec, payload: &[u8]) -> Result<Hostile, DecodeError> {
    let stream = StreamId::new("x", Uuid::nil());
    let context = PayloadContext::new(&stream, name, 1, codec);
    let mut read = Vec::new();
    let result = Hostile::decode(&context, payload, &mut |event| read.push(event));
    assert_eq!(
        read.len(),
        usize::from(result.is_ok()),
        "an error hands nothing over"
    );
    result.map(|()| read.remove(0))
}

/// The message with which a payload is rejected.
fn message(name: &str, codec: Codec, payload: &[u8]) -> String {
    match read(name, codec, payload) {
        Err(DecodeError::Payload { message, .. }) => message,
        other => panic!("{codec} payload of {name}: {other:?}"),
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    Hostile::EVENTS.iter().map(|event| event.name)
}

#[test]
fn bytes_behind_the_payload_are_refused() {
    assert_eq!(read("x.unit", Codec::Json, b"{} \n"), Ok(Hostile::Unit));
    assert_eq!(
        message("x.unit", Codec::Json, b"{} {}"),
        "trailing characters at line 1 column 4"
    );
    assert_eq!(
        message("x.unit", Codec::MessagePack, &[0x80, 0x80, 0x80]),
        "2 trailing bytes"
    );
}

#[test]
fn no_payload_at_all_is_refused() {
    for name in names() {
        for codec in BOTH {
            message(name, codec, b"");
        }
    }
}

#[test]
fn a_hundred_thousand_brackets_are_an_error() {
    for name in names() {
        for open in ["[", "{\"a\":", "[[{\"text\":"] {
            message(name, Codec::Json, open.repeat(100_000).as_bytes());
        }
        // Arrays and maps of one, a map of one under the key `a`, and a variant by its index.
        for open in [&[0x91][..], &[0x81], &[0x81, 0xa1, b'a'], &[0x81, 0x00]] {
            message(name, Codec::MessagePack, &open.repeat(100_000));
        }
    }
}

#[test]
fn a_deep_value_in_a_field_that_is_not_known_does_no_harm() {
    let brackets = |count| [vec![b'['; count], vec![b']'; count]].concat();
    let json = [&b"{\"later\":"[..], &brackets(100_000), b"}"].concat();
    let msgpack = [&b"\x81\xa5later"[..], &[0x91].repeat(100_000), &[0xc0]].concat();
    assert_eq!(read("x.unit", Codec::Json, &json), Ok(Hostile::Unit));
    assert_eq!(
        message("x.unit", Codec::MessagePack, &msgpack),
        "it is nested deeper than 128"
    );
    for name in ["x.struct", "x.strict", "x.chosen"] {
        message(name, Codec::Json, &json);
        message(name, Codec::MessagePack, &msgpack);
    }
}

/// A length is four bytes; what it claims may be more than there is memory.
#[test]
fn lengths_that_are_claimed_are_not_believed() {
    let lengths = [0xff, 0xff, 0xff, 0xff];
    let started = Instant::now();
    for marker in [0xdd, 0xdf, 0xdb, 0xc6, 0xc9] {
        let claimed = [&[marker][..], &lengths].concat();
        let fields = ["text", "numbers", "map", "bytes", "kind", "known", "later"];
        let in_fields = fields.map(|field| {
            let length = 0xa0 | u8::try_from(field.len()).unwrap();
            [&[0x81, length], field.as_bytes(), &claimed].concat()
        });
        let in_array = [&[0x91][..], &claimed].concat();
        let in_pair = [&[0x92, 0xa1, b'a'][..], &claimed].concat();
        for payload in in_fields.into_iter().chain([claimed, in_array, in_pair]) {
            for name in names() {
                message(name, Codec::MessagePack, &payload);
            }
        }
    }
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn what_does_not_fit_is_told_without_the_value() {
    for (name, payload, expected) in [
        (
            "x.wrapped",
            r#"["secret"]"#,
            "invalid type, expected a sequence at line 1 column 9",
        ),
        (
            "x.struct",
            r#"{"text":7}"#,
            "invalid type, expected a string at line 1 column 9",
        ),
        (
            "x.struct",
            r#"{"numbers":["a, expected b"]}"#,
            "invalid type, expected u64 at line 1 column 27",
        ),
        (
            "x.struct",
            r#"{"text":"","numbers":[],"map":{},"bytes":"secret"}"#,
            "invalid value, expected a text in base64 at line 1 column 49",
        ),
        (
            "x.strict",
            r#"{"known":4711}"#,
            "invalid value, expected u8 at line 1 column 13",
        ),
        (
            "x.strict",
            r#"{"secret":1}"#,
            "unknown field, expected `known` at line 1 column 9",
        ),
        (
            "x.strict",
            r"{}",
            "missing field `known` at line 1 column 2",
        ),
        (
            "x.chosen",
            r#"{"kind":"secret"}"#,
            "unknown variant, expected `Known` at line 1 column 16",
        ),
        ("x.custom", r#""secret""#, "a value is not one of its type"),
        (
            "x.unit",
            r#""secret""#,
            "invalid type, expected an event without fields at line 1 column 8",
        ),
    ] {
        assert_eq!(
            message(name, Codec::Json, payload.as_bytes()),
            expected,
            "{payload}"
        );
    }
}

#[test]
fn what_does_not_fit_in_messagepack_is_told_without_the_value() {
    for (name, payload, expected) in [
        (
            "x.wrapped",
            &b"\x91\xa6secret"[..],
            "invalid type, expected a sequence",
        ),
        (
            "x.struct",
            b"\x81\xa4text\x07",
            "invalid type, expected a string",
        ),
        (
            "x.strict",
            b"\x81\xa5known\xcd\x12\x67",
            "invalid value, expected u8",
        ),
        (
            "x.strict",
            b"\x81\xa6secret\x01",
            "unknown field, expected `known`",
        ),
        ("x.strict", b"\x80", "missing field `known`"),
        (
            "x.chosen",
            b"\x81\xa4kind\xa6secret",
            "unknown variant, expected `Known`",
        ),
        ("x.custom", b"\xa6secret", "a value is not one of its type"),
        ("x.wide", b"\xa6secret", "a value is not one of its type"),
    ] {
        assert_eq!(
            message(name, Codec::MessagePack, payload),
            expected,
            "{payload:?}"
        );
    }
}

#[test]
fn fields_of_a_later_version_are_passed_over() {
    assert_eq!(
        read("x.unit", Codec::Json, br#"{"later":[1,{"a":null}]}"#),
        Ok(Hostile::Unit)
    );
    assert_eq!(
        read("x.unit", Codec::MessagePack, b"\x81\xa5later\x91\x01"),
        Ok(Hostile::Unit)
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for name in names() {
            for codec in BOTH {
                let _ = read(name, codec, &bytes);
            }
        }
    }

    #[test]
    fn a_payload_that_was_cut_is_refused(text: String, numbers: Vec<u64>, cut: prop::sample::Index) {
        let event = Hostile::Struct { text, numbers, map: BTreeMap::new(), bytes: vec![1] };
        for codec in BOTH {
            let stream = StreamId::new("x", Uuid::nil());
            let context = PayloadContext::new(&stream, "x.struct", 1, codec);
            let payload = event::AnyEvent::encode(&event, &context).unwrap();
            prop_assert_eq!(read("x.struct", codec, &payload), Ok(event.clone()));
            prop_assert!(read("x.struct", codec, &payload[..cut.index(payload.len())]).is_err());
        }
    }
}
