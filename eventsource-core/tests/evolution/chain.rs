//! A chain of seven versions, each of which stored something.

use std::num::ParseIntError;

use eventsource_core::codec::{DecodeError, PayloadContext};
use eventsource_core::store::NewEvent;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, AsOf, Codec, EventSet, Id, Loaded, MemoryStore, Recorded, Repository,
    StreamId, event,
};
use serde::{Deserialize, Serialize};

use crate::stored::{append, json, written};

#[event(name = "guest.registered")]
struct RegisteredV1 {
    name: String,
}

/// A field was renamed.
#[event(name = "guest.registered", version = 2, from = RegisteredV1)]
struct RegisteredV2 {
    full_name: String,
}

/// One was added, which has no value in what is stored.
#[event(name = "guest.registered", version = 3, from = RegisteredV2)]
struct RegisteredV3 {
    full_name: String,
    #[serde(default)]
    age: String,
}

/// A field got another type, which cannot represent every old value.
#[event(name = "guest.registered", version = 4, try_from = RegisteredV3)]
struct RegisteredV4 {
    full_name: String,
    age: Option<u8>,
}

/// One field became two.
#[event(name = "guest.registered", version = 5, from = RegisteredV4)]
struct RegisteredV5 {
    first: String,
    last: String,
    age: Option<u8>,
}

/// One that could be missing is always there.
#[event(name = "guest.registered", version = 6, from = RegisteredV5)]
struct RegisteredV6 {
    first: String,
    last: String,
    age: u8,
}

/// Some fields were combined.
#[event(name = "guest.registered", version = 7, from = RegisteredV6)]
pub(crate) struct Registered {
    who: Person,
    age: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Person {
    first: String,
    last: String,
}

impl From<RegisteredV1> for RegisteredV2 {
    fn from(old: RegisteredV1) -> Self {
        let full_name = old.name;
        Self { full_name }
    }
}

impl From<RegisteredV2> for RegisteredV3 {
    fn from(old: RegisteredV2) -> Self {
        Self {
            full_name: old.full_name,
            age: String::new(),
        }
    }
}

impl TryFrom<RegisteredV3> for RegisteredV4 {
    type Error = ParseIntError;

    fn try_from(old: RegisteredV3) -> Result<Self, ParseIntError> {
        let age = Some(old.age).filter(|age| !age.is_empty());
        Ok(Self {
            full_name: old.full_name,
            age: age.map(|age| age.parse()).transpose()?,
        })
    }
}

impl From<RegisteredV4> for RegisteredV5 {
    fn from(old: RegisteredV4) -> Self {
        let (first, last) = old
            .full_name
            .split_once(' ')
            .unwrap_or(("", &old.full_name));
        Self {
            first: first.to_owned(),
            last: last.to_owned(),
            age: old.age,
        }
    }
}

impl From<RegisteredV5> for RegisteredV6 {
    fn from(old: RegisteredV5) -> Self {
        Self {
            first: old.first,
            last: old.last,
            age: old.age.unwrap_or(18),
        }
    }
}

impl From<RegisteredV6> for Registered {
    fn from(old: RegisteredV6) -> Self {
        let RegisteredV6 { first, last, age } = old;
        Self {
            who: Person { first, last },
            age,
        }
    }
}

#[derive(Aggregate, Debug, Default, PartialEq)]
#[aggregate(events(Registered))]
struct Guest {
    who: Person,
    age: u8,
}

impl Apply<Registered> for Guest {
    fn apply(&mut self, event: Registered) {
        (self.who, self.age) = (event.who, event.age);
    }
}

/// The same of an enum, whose variants have types of their own or none.
#[event(name = "guest")]
pub(crate) enum VisitorEvent {
    #[event(version = 7, from = RegisteredV6)]
    Registered { who: Person, age: u8 },
    #[event(name = "guest.named", version = 2, try_from = NamedV1)]
    Named(Person),
    #[event(version = 2, try_from = AgedV1)]
    Aged { years: u8 },
}

#[event(name = "guest.named")]
struct NamedV1(String);

#[event(name = "guest.aged")]
struct AgedV1 {
    years: i64,
}

impl From<RegisteredV6> for VisitorEvent {
    fn from(old: RegisteredV6) -> Self {
        let Registered { who, age } = old.into();
        Self::Registered { who, age }
    }
}

impl TryFrom<NamedV1> for Person {
    type Error = &'static str;

    fn try_from(NamedV1(name): NamedV1) -> Result<Self, &'static str> {
        let (first, last) = name.split_once(' ').ok_or("which name is the first?")?;
        Ok(Self {
            first: first.to_owned(),
            last: last.to_owned(),
        })
    }
}

impl TryFrom<AgedV1> for VisitorEvent {
    type Error = std::num::TryFromIntError;

    fn try_from(old: AgedV1) -> Result<Self, Self::Error> {
        let years = old.years.try_into()?;
        Ok(Self::Aged { years })
    }
}

fn ann(age: u8) -> Registered {
    let (first, last) = ("Ann".to_owned(), "Lee".to_owned());
    let who = Person { first, last };
    Registered { who, age }
}

/// Ann in each of the seven versions, and how old she is today.
fn all_versions(stream: &StreamId, codec: Codec) -> Vec<(NewEvent, u8)> {
    let (name, full_name) = (|| "Ann Lee".to_owned(), || "Ann Lee".to_owned());
    let (first, last) = (|| "Ann".to_owned(), || "Lee".to_owned());
    let v1 = RegisteredV1 { name: name() };
    let v2 = RegisteredV2 {
        full_name: full_name(),
    };
    let v3 = RegisteredV3 {
        full_name: full_name(),
        age: "40".to_owned(),
    };
    let v4 = RegisteredV4 {
        full_name: full_name(),
        age: Some(41),
    };
    let v5 = RegisteredV5 {
        first: first(),
        last: last(),
        age: None,
    };
    let v6 = RegisteredV6 {
        first: first(),
        last: last(),
        age: 42,
    };
    vec![
        (written(stream, codec, &v1), 18),
        (written(stream, codec, &v2), 18),
        (written(stream, codec, &v3), 40),
        (written(stream, codec, &v4), 41),
        (written(stream, codec, &v5), 18),
        (written(stream, codec, &v6), 42),
        (written(stream, codec, &ann(43)), 43),
    ]
}

fn read<S: EventSet>(event: &NewEvent) -> Result<Vec<S>, DecodeError> {
    let context = PayloadContext::new(&event.stream, &event.name, event.schema, event.codec);
    let mut events = Vec::new();
    S::decode(&context, &event.payload, &mut |event| events.push(event))?;
    Ok(events)
}

#[test]
fn each_of_seven_versions_is_read_as_the_last_one_in_both_codecs() {
    let stream = StreamId::new("guest", Uuid::nil());
    for codec in [Codec::Json, Codec::MessagePack] {
        for (event, age) in all_versions(&stream, codec) {
            assert_eq!(read(&event), Ok(vec![ann(age)]));
            let Registered { who, age } = ann(age);
            assert_eq!(
                read(&event),
                Ok(vec![VisitorEvent::Registered { who, age }])
            );
        }
    }
}

#[tokio::test]
async fn a_stream_of_seven_versions_in_both_codecs_is_folded() {
    let guests = Repository::<Guest>::new(MemoryStore::new());
    let id = Id::new();
    let stream = guests.stream(id);
    let [json, msgpack] = [Codec::Json, Codec::MessagePack].map(|it| all_versions(&stream, it));
    let (events, ages): (Vec<_>, Vec<_>) = json.into_iter().chain(msgpack).unzip();
    append(&**guests.store(), events).await;

    let history = guests.history(id).await.unwrap();
    assert!(history.iter().map(Recorded::version).eq(1..=14));
    let read: Vec<_> = history.into_iter().map(|it| it.event).collect();
    let expected = ages.into_iter().map(|age| GuestEvent::Registered(ann(age)));
    assert_eq!(read, expected.collect::<Vec<_>>());
    for version in 1..=14 {
        let guest = guests.load_at(id, AsOf::Version(version)).await.unwrap();
        assert_eq!(guest.who, ann(18).who);
    }
    let guest = guests.load(id).await.unwrap();
    assert_eq!((guest.age, Loaded::revision(&guest).version()), (43, 14));
}

#[test]
fn of_a_version_that_a_type_does_not_lead_to_nothing_is_read() {
    let stream = StreamId::new("guest", Uuid::nil());
    for version in [0, 8, u32::MAX] {
        let event = json(&stream, "guest.registered", version, "{}");
        let error = read::<Registered>(&event).unwrap_err();
        let is_typed = match error {
            DecodeError::UnknownVersion { stored, .. } => stored == 0,
            DecodeError::FromTheFuture { stored, known, .. } => stored == version && known == 7,
            _ => false,
        };
        assert!(is_typed, "{version}: {error}");
    }
}

#[test]
fn the_step_of_a_variant_may_fail_whether_it_wraps_a_type_or_not() {
    let stream = StreamId::new("guest", Uuid::nil());
    let event = |name, payload| read::<VisitorEvent>(&json(&stream, name, 1, payload));
    let lee = VisitorEvent::Named(ann(0).who);
    assert_eq!(event("guest.named", r#""Ann Lee""#), Ok(vec![lee]));
    let error = event("guest.named", r#""Ann""#).unwrap_err().to_string();
    assert_eq!(
        error,
        "event `guest.named`, stored in version 1, cannot be read as version 2: which name is the \
         first?; correct the `TryFrom` of that step, so that it accepts the stored event"
    );

    let aged = VisitorEvent::Aged { years: 7 };
    assert_eq!(event("guest.aged", r#"{"years":7}"#), Ok(vec![aged]));
    let error = event("guest.aged", r#"{"years":-7}"#).unwrap_err();
    assert!(
        matches!(
            error,
            DecodeError::Upcast {
                stored: 1,
                version: 2,
                ..
            }
        ),
        "{error}"
    );
}
