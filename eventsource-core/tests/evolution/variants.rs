//! Steps that split an event into variants of an enum.

use eventsource_core::codec::{DecodeError, PayloadContext};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventSet, StreamId, event};
use serde::{Deserialize, Serialize};

#[event(name = "room")]
enum RoomEvent {
    #[event(version = 2, from = BookedV1, split)]
    Booked(Night),
    #[event(version = 3, try_from = CleanedV2, split)]
    Cleaned {
        by: String,
        part: u8,
    },
    Closed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Night {
    day: u8,
}

#[event(name = "room.booked")]
struct BookedV1 {
    first: u8,
    nights: u8,
}

#[event(name = "room.cleaned")]
struct CleanedV1 {
    by: String,
}

#[event(name = "room.cleaned", version = 2, from = CleanedV1, split)]
struct CleanedV2 {
    by: String,
}

impl From<BookedV1> for Vec<Night> {
    fn from(BookedV1 { first, nights }: BookedV1) -> Self {
        let days = (0..nights).map(|night| first.wrapping_add(night));
        days.map(|day| Night { day }).collect()
    }
}

impl From<CleanedV1> for Vec<CleanedV2> {
    fn from(CleanedV1 { by }: CleanedV1) -> Self {
        let each = by.split_whitespace().map(str::to_owned);
        each.map(|by| CleanedV2 { by }).collect()
    }
}

impl TryFrom<CleanedV2> for Vec<RoomEvent> {
    type Error = &'static str;

    fn try_from(CleanedV2 { by }: CleanedV2) -> Result<Self, &'static str> {
        let part = |part| RoomEvent::Cleaned {
            by: by.clone(),
            part,
        };
        match by.as_str() {
            "nobody" => Err("who was it?"),
            "everybody" => Ok(vec![part(0), RoomEvent::Closed]),
            _ => Ok(vec![part(0), part(1)]),
        }
    }
}

/// Decodes a payload, and checks that a failed decode yields no event.
fn read(name: &str, version: u32, payload: &str) -> Result<Vec<RoomEvent>, DecodeError> {
    let stream = StreamId::new("room", Uuid::nil());
    let context = PayloadContext::new(&stream, name, version, Codec::Json);
    let mut parts = Vec::new();
    let read = RoomEvent::decode(&context, payload.as_bytes(), &mut |part| parts.push(part));
    assert!(read.is_ok() || parts.is_empty(), "{parts:?}");
    read.map(|()| parts)
}

#[test]
fn what_a_variant_wraps_is_made_several_times() {
    let booked = |payload| read("room.booked", 1, payload);
    let nights = [7, 8, 9].map(|day| RoomEvent::Booked(Night { day }));
    assert_eq!(booked(r#"{"first":7,"nights":3}"#), Ok(nights.to_vec()));
    assert_eq!(booked(r#"{"first":7,"nights":0}"#), Ok(vec![]));
    let today = read("room.booked", 2, r#"{"day":7}"#);
    assert_eq!(today, Ok(nights[..1].to_vec()));
}

#[test]
fn a_chain_splits_at_several_steps() {
    let cleaned = [("ann", 0), ("ann", 1), ("bob", 0), ("bob", 1)].map(|(by, part)| {
        let by = by.to_owned();
        RoomEvent::Cleaned { by, part }
    });
    let read = |version, payload| read("room.cleaned", version, payload);
    assert_eq!(read(1, r#"{"by":"ann bob"}"#), Ok(cleaned.to_vec()));
    assert_eq!(read(1, r#"{"by":""}"#), Ok(vec![]));
    assert_eq!(read(2, r#"{"by":"bob"}"#), Ok(cleaned[2..].to_vec()));
    assert_eq!(
        read(3, r#"{"by":"ann","part":1}"#),
        Ok(vec![cleaned[1].clone()])
    );
}

#[test]
fn where_one_part_is_refused_or_is_another_event_there_is_none() {
    let refused = read("room.cleaned", 1, r#"{"by":"ann nobody bob"}"#);
    let expected = DecodeError::Upcast {
        name: "room.cleaned".to_owned(),
        stored: 1,
        version: 3,
        message: "who was it?".to_owned(),
    };
    assert_eq!(refused, Err(expected));
    let other = read("room.cleaned", 2, r#"{"by":"everybody"}"#);
    let expected = DecodeError::OtherEvent {
        name: "room.cleaned".to_owned(),
        became: "room.closed".to_owned(),
    };
    assert_eq!(other, Err(expected));
}
