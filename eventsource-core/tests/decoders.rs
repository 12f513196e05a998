//! Everything that reads a text or bytes, given what was changed at random: it answers with an error,
//! or with a value that comes back from what is written of it. Nothing panics.
//!
//! Each reader has 200 milliseconds, or `DECODERS_MILLIS`; `DECODERS_SEED` is another seed than 1:
//! `DECODERS_MILLIS=60000 cargo test -p eventsource-core --test decoders`.

use std::fmt::{Debug, Display};
use std::ops::Range;
use std::str::FromStr;
use std::time::{Duration, Instant};

use eventsource_core::event::AnyEvent;
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::{CommitEnvelope, StreamToken};
use eventsource_core::{
    Codec, EventSet, Horizon, Key, Metadata, Offset, PayloadContext, Position, Revision, StreamId,
    Tag, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whether the bytes were read; it fails if what was read does not come back.
type Reader = fn(&[u8]) -> bool;

#[eventsource_core::event(name = "file")]
enum FileEvent {
    Signed {
        #[serde(with = "eventsource_core::base64")]
        signature: Vec<u8>,
        by: Option<String>,
        times: Vec<i64>,
    },
    Moved(f64, u8),
}

#[test]
fn changed_texts_are_refused_or_come_back() {
    let times = ["2026-11-30T08:48:30.000001Z", "1970-01-01T00:00:00Z"];
    fuzz("positions", text::<Position>, &["17", "3:17"]);
    let revisions = ["3@17-9f2c41aa", "0@0-00000000", "7@2:9-00000001"];
    fuzz("revisions", text::<Revision>, &revisions);
    let horizon = Horizon::new(Position::new(17).in_log(3), Uuid::max()).to_string();
    fuzz("horizons", text::<Horizon>, &["0", "17", &horizon]);
    fuzz("times", text::<Timestamp>, &times);
    fuzz("ids", text::<Uuid>, &[&Uuid::max().to_string()]);
    fuzz("tags", tag, &["sku:tea", "a:b:c", ":", ""]);
}

#[test]
fn changed_json_is_refused_or_comes_back() {
    let metadata = Metadata::new().actor("clerk 7").reason("told");
    let metadata = serde_json::to_string(&metadata.correlation("x")).unwrap();
    fuzz("metadata", json::<Metadata>, &[&metadata]);
    let position = serde_json::to_string(&Position::new(7).in_log(3)).unwrap();
    fuzz("positions in JSON", json::<Position>, &[&position]);
    fuzz("offsets in JSON", json::<Offset>, &["7"]);
    let revision = Revision::new(3, Position::new(17), Uuid::max());
    let revision = serde_json::to_string(&revision).unwrap();
    fuzz("revisions in JSON", json::<Revision>, &[&revision]);
    let horizon = Horizon::new(Position::new(17), Uuid::max());
    let horizon = serde_json::to_string(&horizon).unwrap();
    fuzz("horizons in JSON", json::<Horizon>, &[&horizon]);
    fuzz("times in JSON", json::<Timestamp>, &["-1", "1234567"]);
}

#[test]
fn changed_keys_are_refused_or_come_back() {
    let keys = [
        Key::of("tea"),
        Key::of(&-7_i64),
        Key::of(&("tea", 7_i64)),
        Key::of("with \0 in it"),
        Key::of(&"x".repeat(2_000)),
    ];
    let keys: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
    fuzz_bytes("keys", key, &keys);
}

#[test]
fn changed_payloads_are_refused_or_come_back() {
    let events = [
        FileEvent::Signed {
            signature: vec![1, 2, 250],
            by: Some("ann".to_owned()),
            times: vec![-1, i64::MAX],
        },
        FileEvent::Moved(1.5, 7),
    ];
    for (codec, read) in [
        (Codec::Json, payload_in_json as Reader),
        (Codec::MessagePack, payload_in_msgpack),
    ] {
        let payloads = events.iter().map(|event| written(event, codec));
        let payloads: Vec<Vec<u8>> = payloads.collect();
        let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        fuzz_bytes(codec.name(), read, &payloads);
    }
}

#[test]
fn changed_tokens_of_streams_are_refused_or_come_back() {
    let streams = [
        StreamId::new("cart", Uuid::max()),
        StreamId::new("gift_Card.2", Uuid::nil()).in_tenant("größe"),
    ];
    let tokens = streams.map(|stream| StreamToken::new(&stream).to_string());
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    fuzz("tokens of streams", stream_token, &tokens);
}

#[test]
fn changed_envelopes_are_refused() {
    let envelopes = [1, 3, 40].map(envelope_of);
    let envelopes: Vec<&[u8]> = envelopes.iter().map(Vec::as_slice).collect();
    fuzz_bytes("envelopes", envelope, &envelopes);
}

/// The checksum of an envelope refuses nearly all that is changed, so that what reads the parts would
/// see nothing of it. Here the checksum is made again after the change.
#[test]
fn envelopes_that_were_changed_before_their_checksum_are_refused_or_come_back() {
    let envelopes = [1, 3, 40].map(envelope_of);
    let unsealed = envelopes.iter().map(|it| &it[..it.len() - 4]);
    let unsealed: Vec<&[u8]> = unsealed.collect();
    fuzz_bytes(
        "envelopes before their checksum",
        unsealed_envelope,
        &unsealed,
    );
}

fn stream_token(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Ok(token) = text.parse::<StreamToken>() else {
        return false;
    };
    assert_eq!(token.as_str(), text);
    assert_eq!(StreamToken::new(token.stream()), token);
    true
}

/// A commit with so many events, in two streams, with tags and metadata.
fn envelope_of(events: u8) -> Vec<u8> {
    let event = |number: u8| {
        let stream = StreamId::new("cart", Uuid::from_u128(u128::from(number % 2)));
        let tags = vec![Tag::new("sku", "tea"), Tag::new("line", number / 3)];
        let payload = vec![number; number.into()];
        NewEvent::new(stream, "cart.added", 1, Codec::Json, payload).tagged(tags)
    };
    let metadata = Metadata::new().actor("clerk 7").entry("till", "3");
    let commit = Commit::new(Uuid::max(), (0..events).map(event).collect());
    let commit = commit.metadata(metadata.entry("shop", "12"));
    CommitEnvelope::encode(&commit, Timestamp::from_micros(-1), |_| 200).unwrap()
}

fn envelope(bytes: &[u8]) -> bool {
    let header = CommitEnvelope::decode_header(bytes, Position::new(1));
    let Ok(envelope) = CommitEnvelope::decode(bytes) else {
        return false;
    };
    assert_eq!(
        header.unwrap().horizon(),
        envelope.horizon(Position::new(1))
    );
    assert_eq!(encoded_again(&envelope), bytes);
    true
}

/// The place of the digest in an envelope.
const DIGEST: Range<usize> = 26..58;

/// Decodes an envelope without the check of its digest: all other bytes have to come back.
fn unsealed_envelope(bytes: &[u8]) -> bool {
    let checksum = crc32fast::hash(bytes).to_le_bytes();
    let sealed = [bytes, &checksum].concat();
    let header = CommitEnvelope::decode_header(&sealed, Position::new(1));
    let Ok(envelope) = CommitEnvelope::decode_without_digest(&sealed) else {
        return false;
    };
    assert_eq!(
        header.unwrap().horizon(),
        envelope.horizon(Position::new(1))
    );
    let again = encoded_again(&envelope);
    assert_eq!(again[..DIGEST.start], bytes[..DIGEST.start]);
    assert_eq!(again[DIGEST.end..again.len() - 4], bytes[DIGEST.end..]);
    true
}

fn encoded_again(envelope: &CommitEnvelope<'_>) -> Vec<u8> {
    let first_version = |stream: &StreamId| {
        let first = envelope.events().find(|event| event.stream == stream);
        first.unwrap().version
    };
    let (commit, time) = (envelope.to_commit(), envelope.recorded_at());
    CommitEnvelope::encode(&commit, time, first_version).unwrap()
}

fn text<T: FromStr + Display + PartialEq + Debug>(bytes: &[u8]) -> bool
where
    T::Err: Display,
{
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<T>() {
        Ok(read) => {
            let again = read.to_string().parse::<T>().ok();
            assert_eq!(again.as_ref(), Some(&read), "{text:?}");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

fn json<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) -> bool {
    let Ok(read) = serde_json::from_slice::<T>(bytes) else {
        return false;
    };
    let written = serde_json::to_vec(&read).unwrap();
    assert_eq!(serde_json::from_slice::<T>(&written).unwrap(), read);
    true
}

fn tag(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let tag = Tag::from_stored(&text);
    assert_eq!(tag.as_str(), text);
    if text.contains(':') {
        assert_eq!(format!("{}:{}", tag.key(), tag.value()), text);
    }
    assert_eq!(tag.hash64(), Tag::from_stored(&text).hash64());
    tag.check().is_ok()
}

fn key(bytes: &[u8]) -> bool {
    let Ok(key) = Key::from_bytes(bytes) else {
        return false;
    };
    assert_eq!(key.as_bytes(), bytes);
    if !key.is_shortened() {
        assert_eq!(Key::from_parts(key.parts()), key, "{bytes:?}");
    }
    true
}

fn payload_in_json(bytes: &[u8]) -> bool {
    payload(bytes, Codec::Json)
}

fn payload_in_msgpack(bytes: &[u8]) -> bool {
    payload(bytes, Codec::MessagePack)
}

/// A number that is none is not equal to itself, so the second writing is compared with the first.
fn payload(bytes: &[u8], codec: Codec) -> bool {
    let mut is_read = false;
    for name in ["file.signed", "file.moved"] {
        let Some(event) = read(name, bytes, codec) else {
            continue;
        };
        is_read = true;
        let first = written(&event, codec);
        let again = read(name, &first, codec).expect("what is written is read");
        assert_eq!(written(&again, codec), first, "{name} {bytes:?}");
    }
    is_read
}

fn stream() -> StreamId {
    StreamId::new("file", Uuid::nil())
}

fn read(name: &str, bytes: &[u8], codec: Codec) -> Option<FileEvent> {
    let stream = stream();
    let context = PayloadContext::new(&stream, name, 1, codec);
    let mut events = Vec::new();
    FileEvent::decode(&context, bytes, &mut |event| events.push(event)).ok()?;
    events.pop()
}

fn written(event: &FileEvent, codec: Codec) -> Vec<u8> {
    let stream = stream();
    let context = PayloadContext::new(&stream, AnyEvent::event_type(event).name, 1, codec);
    AnyEvent::encode(event, &context).unwrap()
}

fn fuzz(what: &str, reader: Reader, texts: &[&str]) {
    let texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    fuzz_bytes(what, reader, &texts);
}

/// Reads what was right, and then what was changed, as long as there is time.
fn fuzz_bytes(what: &str, reader: Reader, right: &[&[u8]]) {
    for bytes in right {
        assert!(reader(bytes), "{what}: {bytes:?}");
    }
    let seed = number("DECODERS_SEED").unwrap_or(1);
    let mut random = Random(seed);
    let end = Instant::now() + Duration::from_millis(number("DECODERS_MILLIS").unwrap_or(200));
    let (mut tried, mut read) = (0_u64, 0_u64);
    while tried == 0 || Instant::now() < end {
        let bytes = random.changed(right);
        tried += 1;
        let is_read = std::panic::catch_unwind(|| reader(&bytes));
        let is_read = is_read.unwrap_or_else(|_| panic!("{what}, seed {seed}: {bytes:?}"));
        read += u64::from(is_read);
    }
    println!("{what}: {tried} tried, {read} read");
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// One of them with a few changes, or something of no meaning.
    fn changed(&mut self, right: &[&[u8]]) -> Vec<u8> {
        if self.below(8) == 0 {
            return (0..self.below(40)).map(|_| self.byte()).collect();
        }
        let mut bytes = right[self.below(right.len())].to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, right);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, right: &[&[u8]]) {
        let at = self.below(bytes.len() + 1);
        match self.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, self.byte()),
            // What is likely to mean something in a text.
            2 => bytes.insert(
                at,
                *b"0123456789-+:@.\"[]{},eE".get(self.below(23)).unwrap(),
            ),
            3 => {
                let other = right[self.below(right.len())];
                bytes.extend(&other[self.below(other.len() + 1)..]);
            }
            _ if at == bytes.len() => {}
            4 => bytes[at] ^= 1 << self.below(8),
            _ => {
                bytes.remove(at);
            }
        }
    }
}
