//! Bytes of an event, as they are stored.

use eventsource_core::codec::PayloadContext;
use eventsource_core::event::AnyEvent;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventSet, StreamId, event};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[event(name = "file")]
#[derive(Eq)]
enum FileEvent {
    Signed {
        #[serde(with = "eventsource_core::base64")]
        signature: Vec<u8>,
        #[serde(default, with = "eventsource_core::base64")]
        seal: Option<Vec<u8>>,
    },
    Scanned(#[serde(with = "eventsource_core::base64")] Vec<u8>),
    Sent(Way),
}

/// Serde buffers what it reads of it, before it knows of which variant it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by")]
enum Way {
    Post {
        #[serde(with = "eventsource_core::base64")]
        stamp: Vec<u8>,
    },
}

const BOTH: [Codec; 2] = [Codec::Json, Codec::MessagePack];

fn context<'a>(stream: &'a StreamId, name: &'a str, codec: Codec) -> PayloadContext<'a> {
    PayloadContext::new(stream, name, 1, codec)
}

fn written(event: &FileEvent, codec: Codec) -> Vec<u8> {
    let stream = StreamId::new("file", Uuid::nil());
    let context = context(&stream, event.event_type().name, codec);
    event.encode(&context).unwrap()
}

fn read(name: &str, codec: Codec, payload: &[u8]) -> Option<FileEvent> {
    let (stream, mut event) = (StreamId::new("file", Uuid::nil()), None);
    let read = FileEvent::decode(&context(&stream, name, codec), payload, &mut |it| {
        event = Some(it);
    });
    read.ok().and(event)
}

fn json(event: &FileEvent) -> String {
    String::from_utf8(written(event, Codec::Json)).unwrap()
}

#[test]
fn bytes_are_a_text_in_json_and_bytes_in_messagepack() {
    let scanned = FileEvent::Scanned(b"any carnal pleas".to_vec());
    assert_eq!(json(&scanned), r#""YW55IGNhcm5hbCBwbGVhcw==""#);
    let packed = written(&scanned, Codec::MessagePack);
    assert_eq!(packed, [&[0xc4, 16][..], b"any carnal pleas"].concat());
}

#[test]
fn bytes_that_may_be_missing_are_null_or_left_out() {
    let signed = |seal: Option<Vec<u8>>| FileEvent::Signed {
        signature: vec![0xff, 0xfe],
        seal,
    };
    assert_eq!(json(&signed(None)), r#"{"signature":"//4=","seal":null}"#);
    let without = br#"{"signature":"//4="}"#;
    assert_eq!(
        read("file.signed", Codec::Json, without),
        Some(signed(None))
    );
    let empty = br#"{"signature":"//4=","seal":""}"#;
    let with = signed(Some(Vec::new()));
    assert_eq!(read("file.signed", Codec::Json, empty), Some(with));
}

#[test]
fn a_text_that_is_not_in_base64_is_refused() {
    for text in ["A", "AA", "AAA", "AAA=A", "A AA", "-_-_", "AB==", "ä", "\n"] {
        let payload = serde_json::to_vec(text).unwrap();
        assert_eq!(read("file.scanned", Codec::Json, &payload), None, "{text}");
    }
    assert_eq!(read("file.scanned", Codec::Json, b"[65,66]"), None);
}

proptest! {
    #[test]
    fn bytes_come_back_as_they_were(
        signature in prop::collection::vec(any::<u8>(), 0..100),
        seal in prop::option::of(prop::collection::vec(any::<u8>(), 0..5)),
    ) {
        let scanned = FileEvent::Scanned(signature.clone());
        let sent = FileEvent::Sent(Way::Post { stamp: signature.clone() });
        let signed = FileEvent::Signed { signature, seal };
        for event in [scanned, sent, signed] {
            for codec in BOTH {
                let payload = written(&event, codec);
                prop_assert_eq!(read(event.event_type().name, codec, &payload), Some(event.clone()));
            }
        }
    }
}
