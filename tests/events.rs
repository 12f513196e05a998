//! Tests of the stored form of events, and of reading it.

use eventsource_core::codec::{DecodeError, PayloadContext};
use eventsource_core::event::{AnyEvent, Event};
use eventsource_core::{Codec, EventSet, StreamId, event};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[event]
enum CartEvent {
    ItemAdded {
        sku: String,
        quantity: u32,
    },
    Moved(u8, u8),
    #[event(name = "cart.note", alias = "cart.remark", alias = "cart.comment")]
    NoteTaken(Note),
    CheckedOut,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    text: String,
}

fn stream() -> StreamId {
    StreamId::new("cart", Uuid::nil())
}

fn write(event: &dyn AnyEvent, codec: Codec) -> Vec<u8> {
    let (stream, event_type) = (stream(), event.event_type());
    let context = PayloadContext::new(&stream, event_type.name, event_type.version, codec);
    event.encode(&context).unwrap()
}

fn json(event: &dyn AnyEvent) -> String {
    String::from_utf8(write(event, Codec::Json)).unwrap()
}

fn read<S: EventSet>(name: &str, version: u32, json: &str) -> Result<Vec<S>, DecodeError> {
    read_as(Codec::Json, name, version, json.as_bytes())
}

fn read_as<S: EventSet>(
    codec: Codec,
    name: &str,
    version: u32,
    payload: &[u8],
) -> Result<Vec<S>, DecodeError> {
    let (stream, mut events) = (stream(), Vec::new());
    let context = PayloadContext::new(&stream, name, version, codec);
    S::decode(&context, payload, &mut |event| events.push(event))?;
    Ok(events)
}

fn one_of_each() -> [CartEvent; 4] {
    [
        CartEvent::ItemAdded {
            sku: "tea".into(),
            quantity: 2,
        },
        CartEvent::Moved(1, 2),
        CartEvent::NoteTaken(Note {
            text: "gift".into(),
        }),
        CartEvent::CheckedOut,
    ]
}

#[test]
fn a_payload_is_the_fields_and_nothing_else() {
    assert_eq!(
        one_of_each().map(|event| json(&event)),
        [
            r#"{"sku":"tea","quantity":2}"#,
            "[1,2]",
            r#"{"text":"gift"}"#,
            "{}"
        ]
    );
}

#[test]
fn names_follow_from_the_enum_and_its_variants() {
    let names: Vec<_> = CartEvent::EVENTS.iter().map(|event| event.name).collect();
    assert_eq!(
        names,
        [
            "cart.item-added",
            "cart.moved",
            "cart.note",
            "cart.checked-out"
        ]
    );
    assert_eq!(
        one_of_each().map(|event| event.event_type().name).to_vec(),
        names
    );
}

#[test]
fn what_was_written_is_read_again() {
    for codec in [Codec::Json, Codec::MessagePack] {
        for event in one_of_each() {
            let payload = write(&event, codec);
            let read = read_as::<CartEvent>(codec, event.event_type().name, 1, &payload);
            assert_eq!(read.unwrap(), [event]);
        }
    }
}

#[test]
fn an_alias_is_read_and_never_written() {
    for name in ["cart.note", "cart.remark", "cart.comment"] {
        let note = CartEvent::NoteTaken(Note {
            text: "gift".into(),
        });
        assert_eq!(
            read::<CartEvent>(name, 1, r#"{"text":"gift"}"#).unwrap(),
            [note]
        );
    }
    assert_eq!(
        CartEvent::EVENTS[2].aliases,
        ["cart.remark", "cart.comment"]
    );
}

#[test]
fn an_unknown_name_is_an_error() {
    let error = read::<CartEvent>("cart.painted", 1, "{}").unwrap_err();
    assert_eq!(
        error,
        DecodeError::UnknownName {
            name: "cart.painted".into()
        }
    );
}

#[test]
fn a_later_version_is_from_the_future() {
    let from_the_future = |name: &str| DecodeError::FromTheFuture {
        name: name.into(),
        stored: 9,
        known: 1,
    };
    let error = read::<CartEvent>("cart.checked-out", 9, "{}").unwrap_err();
    assert_eq!(error, from_the_future("cart.checked-out"));
    assert_eq!(
        read::<Opened>("opened", 9, "{}").unwrap_err(),
        from_the_future("opened")
    );
}

#[test]
fn equality_is_that_of_the_same_event() {
    let [added, moved, ..] = one_of_each();
    assert!(added.same(&added.clone()));
    assert!(!added.same(&moved));
    assert!(!added.same(&Opened));
}

#[event]
struct Opened;

#[test]
fn an_event_without_fields_can_be_given_some() {
    #[event(name = "opened")]
    struct OpenedBySomebody {
        by: Option<String>,
    }
    assert_eq!(json(&Opened), "{}");
    assert_eq!(
        read::<OpenedBySomebody>("opened", 1, "{}").unwrap(),
        [OpenedBySomebody { by: None }]
    );
    assert_eq!(
        read::<Opened>("opened", 1, r#"{"by":"ann"}"#).unwrap(),
        [Opened]
    );
    let checked_out = read::<CartEvent>("cart.checked-out", 1, r#"{"by":"ann"}"#);
    assert_eq!(checked_out.unwrap(), [CartEvent::CheckedOut]);
}

mod versions {
    use super::{DecodeError, Event, event, json, read};

    #[event(name = "cart.item-added", version = 3, from = ItemAddedV2, alias = "cart.item-put")]
    struct ItemAdded {
        sku: String,
        quantity: u32,
        gift: bool,
    }

    #[event(name = "cart.item-added", version = 2, from = ItemAddedV1)]
    struct ItemAddedV2 {
        sku: String,
        quantity: u32,
    }

    #[event(name = "cart.item-added")]
    struct ItemAddedV1 {
        sku: String,
    }

    impl From<ItemAddedV1> for ItemAddedV2 {
        fn from(ItemAddedV1 { sku }: ItemAddedV1) -> Self {
            Self { sku, quantity: 1 }
        }
    }

    impl From<ItemAddedV2> for ItemAdded {
        fn from(ItemAddedV2 { sku, quantity }: ItemAddedV2) -> Self {
            Self {
                sku,
                quantity,
                gift: false,
            }
        }
    }

    #[test]
    fn every_earlier_version_is_read_as_todays() {
        let tea = |quantity, gift| {
            vec![ItemAdded {
                sku: "tea".into(),
                quantity,
                gift,
            }]
        };
        let v1 = r#"{"sku":"tea"}"#;
        let v2 = r#"{"sku":"tea","quantity":2}"#;
        let v3 = r#"{"sku":"tea","quantity":2,"gift":true}"#;
        assert_eq!(read("cart.item-added", 1, v1), Ok(tea(1, false)));
        assert_eq!(read("cart.item-added", 2, v2), Ok(tea(2, false)));
        assert_eq!(read("cart.item-added", 3, v3), Ok(tea(2, true)));
        assert_eq!(read("cart.item-put", 1, v1), Ok(tea(1, false)));
        assert_eq!(json(&tea(2, true)[0]), v3);
        assert_eq!(ItemAdded::VERSION, 3);
    }

    #[test]
    fn a_version_that_nothing_describes_is_an_error() {
        let error = read::<ItemAdded>("cart.item-added", 0, "{}").unwrap_err();
        let name = "cart.item-added".to_owned();
        assert_eq!(error, DecodeError::UnknownVersion { name, stored: 0 });
    }

    /// A variant may wrap what it holds, and then the compiler checks the step; or be written out,
    /// and then the step is checked when it is taken.
    #[event(name = "cart")]
    #[derive(Eq)]
    enum CartEvent {
        #[event(version = 2, from = LabelledV1)]
        Labelled(Label),
        #[event(version = 2, from = RemovedV1)]
        Removed {
            sku: String,
            reason: String,
        },
        Emptied,
    }

    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    struct Label {
        text: String,
    }

    #[event(name = "cart.labelled")]
    struct LabelledV1(String);

    #[event(name = "cart.removed")]
    struct RemovedV1 {
        sku: String,
    }

    impl From<LabelledV1> for Label {
        fn from(old: LabelledV1) -> Self {
            Self { text: old.0 }
        }
    }

    impl From<RemovedV1> for CartEvent {
        fn from(RemovedV1 { sku }: RemovedV1) -> Self {
            match &*sku {
                "everything" => Self::Emptied,
                _ => Self::Removed {
                    sku,
                    reason: String::new(),
                },
            }
        }
    }

    #[test]
    fn a_variant_has_versions_too() {
        let labelled = CartEvent::Labelled(Label {
            text: "gift".into(),
        });
        assert_eq!(json(&labelled), r#"{"text":"gift"}"#);
        assert_eq!(
            read("cart.labelled", 1, r#""gift""#).as_ref(),
            Ok(&vec![labelled.clone()])
        );
        assert_eq!(
            read("cart.labelled", 2, r#"{"text":"gift"}"#),
            Ok(vec![labelled])
        );

        let removed = CartEvent::Removed {
            sku: "tea".into(),
            reason: String::new(),
        };
        assert_eq!(
            read("cart.removed", 1, r#"{"sku":"tea"}"#),
            Ok(vec![removed])
        );
    }

    #[test]
    fn a_step_that_leads_to_another_variant_is_an_error() {
        let error = read::<CartEvent>("cart.removed", 1, r#"{"sku":"everything"}"#).unwrap_err();
        let (name, became) = ("cart.removed".into(), "cart.emptied".into());
        assert_eq!(error, DecodeError::OtherEvent { name, became });
    }
}

mod tags {
    use eventsource_core::Tag;

    use super::{AnyEvent, event};

    #[event]
    struct Enrolled {
        #[event(tag)]
        student_id: u32,
        #[event(tag = "course")]
        r#for: Option<String>,
        #[event(tag)]
        r#in: String,
        _remark: String,
    }

    #[event(name = "school")]
    enum Event {
        Left {
            #[event(tag)]
            student: String,
            year: u16,
        },
        Named(#[event(tag = "student")] u32, String),
        Closed,
    }

    fn tags(event: &dyn AnyEvent) -> Vec<String> {
        let mut tags = Vec::new();
        event.tags(&mut |tag| tags.push(tag.to_string()));
        tags
    }

    #[test]
    fn fields_are_tags_under_their_names_or_given_ones() {
        let mut enrolled = Enrolled {
            student_id: 7,
            r#for: Some("chess".into()),
            r#in: "spring".into(),
            _remark: String::new(),
        };
        assert_eq!(
            tags(&enrolled),
            ["student-id:7", "course:chess", "in:spring"]
        );
        enrolled.r#for = None;
        assert_eq!(tags(&enrolled), ["student-id:7", "in:spring"]);
    }

    #[event(tag = "activity:declined", tag = "by:host", tags = Self::computed)]
    struct Declined {
        #[event(tag)]
        guest: String,
        day: u32,
    }

    impl Declined {
        fn computed(&self) -> impl IntoIterator<Item = Tag> + use<> {
            [Tag::new("week", self.day / 7), Tag::new("day", self.day)]
        }
    }

    #[event(tags = Self::of_rooms)]
    enum RoomEvent {
        #[event(tag = "state:open")]
        Opened,
        #[event(tag = "state:shut")]
        Shut(#[event(tag = "by")] String),
        Cleaned,
    }

    impl RoomEvent {
        fn of_rooms(&self) -> Option<Tag> {
            matches!(self, Self::Cleaned | Self::Opened).then(|| Tag::new("ready", true))
        }
    }

    #[test]
    fn fields_come_first_then_constants_then_what_is_computed() {
        let (guest, day) = ("ann".to_owned(), 17);
        let all = [
            "guest:ann",
            "activity:declined",
            "by:host",
            "week:2",
            "day:17",
        ];
        assert_eq!(tags(&Declined { guest, day }), all);
        assert_eq!(tags(&RoomEvent::Opened), ["state:open", "ready:true"]);
        assert_eq!(
            tags(&RoomEvent::Shut("bob".into())),
            ["by:bob", "state:shut"]
        );
        assert_eq!(tags(&RoomEvent::Cleaned), ["ready:true"]);
    }

    macro_rules! declared_by_a_macro {
        ($name:ident, $function:ident) => {
            #[event(tags = Self::$function)]
            struct $name;
            impl $name {
                fn $function(&self) -> [Tag; 1] {
                    [Tag::new("made", "by a macro")]
                }
            }
        };
    }
    declared_by_a_macro!(Generated, function);

    #[test]
    fn the_function_may_come_out_of_a_macro() {
        assert_eq!(tags(&Generated), ["made:by a macro"]);
    }

    #[test]
    fn fields_of_variants_are_tags_too() {
        assert_eq!(
            tags(&Event::Left {
                student: "ann".into(),
                year: 1
            }),
            ["student:ann"]
        );
        assert_eq!(tags(&Event::Named(7, "ann".into())), ["student:7"]);
        assert_eq!(tags(&Event::Closed), [""; 0]);
    }
}

mod derives {
    use super::{Deserialize, Event, Serialize, event, json, read};

    #[event(manual(PartialEq, Serialize))]
    #[derive(Debug, Eq)]
    struct Weighed {
        grams: u32,
        note: String,
    }

    impl PartialEq for Weighed {
        fn eq(&self, other: &Self) -> bool {
            self.grams == other.grams
        }
    }

    impl Serialize for Weighed {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            (self.grams, &self.note).serialize(serializer)
        }
    }

    #[test]
    fn what_is_written_by_hand_is_not_derived() {
        let weighed = Weighed {
            grams: 3,
            note: "net".into(),
        };
        assert_eq!(json(&weighed), r#"[3,"net"]"#);
        assert_eq!(
            read("weighed", 1, r#"[3,"gross"]"#),
            Ok(vec![weighed.clone()])
        );
    }

    #[event]
    #[derive(Clone, Serialize)]
    #[serde(rename_all = "camelCase")]
    struct HalfDerived {
        first_name: String,
    }

    #[event]
    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all_fields = "camelCase")]
    enum AllDerived {
        Born {
            first_name: String,
        },
        #[serde(rename_all = "UPPERCASE")]
        Died {
            #[serde(default)]
            of: String,
        },
    }

    #[test]
    fn what_is_derived_below_is_not_derived_again() {
        let ann = HalfDerived {
            first_name: "ann".into(),
        };
        assert_eq!(
            (HalfDerived::NAME, &*json(&ann)),
            ("half-derived", r#"{"firstName":"ann"}"#)
        );
        let born = AllDerived::Born {
            first_name: "ann".into(),
        };
        assert_eq!(json(&born), r#"{"firstName":"ann"}"#);
        assert_eq!(
            json(&AllDerived::Died { of: String::new() }),
            r#"{"OF":""}"#
        );
    }

    #[event]
    enum Flat {
        Happened {
            kind: u8,
            #[serde(flatten)]
            rest: Rest,
        },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Rest {
        a: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        b: Option<u8>,
    }

    #[test]
    fn a_field_can_be_flattened() {
        let happened = Flat::Happened {
            kind: 1,
            rest: Rest { a: 2, b: None },
        };
        assert_eq!(json(&happened), r#"{"kind":1,"a":2}"#);
        assert_eq!(
            read("flat.happened", 1, r#"{"kind":1,"a":2}"#),
            Ok(vec![happened])
        );
    }
}

mod configured {
    use super::{AnyEvent, EventSet, event, json, read};

    #[event]
    enum LampEvent {
        #[cfg(any())]
        Gone,
        On,
        #[cfg(any())]
        Gone2 {
            at: NoSuchType,
        },
        #[cfg(not(any()))]
        Dimmed {
            #[cfg(not(any()))]
            #[event(tag)]
            to: u8,
            #[cfg(any())]
            #[event(tag)]
            from: NoSuchType,
        },
        #[cfg(any())]
        #[event(version = 2, from = NoSuchType)]
        Off(NoSuchType),
        #[cfg(not(any()))]
        Off,
    }

    #[test]
    fn variants_that_are_configured_away_do_not_count() {
        let names: Vec<_> = LampEvent::EVENTS.iter().map(|event| event.name).collect();
        assert_eq!(names, ["lamp.on", "lamp.dimmed", "lamp.off"]);
        for event in [LampEvent::On, LampEvent::Dimmed { to: 3 }, LampEvent::Off] {
            let name = AnyEvent::event_type(&event).name;
            assert_eq!(read(name, 1, &json(&event)), Ok(vec![event]));
        }
        assert_eq!(json(&LampEvent::Dimmed { to: 3 }), r#"{"to":3}"#);
    }
}

#[event]
enum TreeEvent {
    Grown(Vec<Self>),
    Felled(Box<Self>),
}

#[test]
fn an_event_can_hold_events_of_its_own_set() {
    let felled = TreeEvent::Felled(Box::new(TreeEvent::Grown(Vec::new())));
    assert_eq!(json(&felled), r#"{"Grown":[]}"#);
    assert_eq!(read("tree.felled", 1, r#"{"Grown":[]}"#), Ok(vec![felled]));
}

#[event]
enum NothingHappens {}

#[test]
fn an_enum_may_have_no_events() {
    assert!(NothingHappens::EVENTS.is_empty());
    assert!(matches!(
        read::<NothingHappens>("a", 1, "{}"),
        Err(DecodeError::UnknownName { .. })
    ));
}
