//! Writing and parsing of lock files.

use std::collections::{BTreeMap, BTreeSet};

use eventsource_core::Codec;
use eventsource_shape::{Field, Fields, Scalar, Shape, Tagging, UnknownFields, Variant};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::{EventStatus, LockFile, LockedEvent, LockedPayload, Part};

proptest! {
    #[test]
    fn a_written_lock_is_parsed_unchanged(lock in locks()) {
        let text = lock.to_string();
        let read = LockFile::parse(&text);
        prop_assert_eq!(read, Ok(lock), "{}", text);
    }

    #[test]
    fn any_text_is_parsed_or_rejected(text in any::<String>()) {
        let _ = LockFile::parse(&text);
        let _ = LockFile::parse(&format!("format 2\n{text}"));
    }

    #[test]
    fn a_damaged_lock_is_parsed_or_rejected(lock in locks(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let mut text: Vec<char> = lock.to_string().chars().collect();
        let at = at.index(text.len());
        text[at] = c;
        let _ = LockFile::parse(&text.into_iter().collect::<String>());
    }
}

#[test]
fn a_lock_is_parsed_with_any_line_endings() {
    let lock = LockFile {
        reactors: BTreeSet::from(["receipts".to_owned()]),
        ..LockFile::default()
    };
    let text = lock.to_string().replace('\n', "\r\n");
    assert_eq!(LockFile::parse(&text), Ok(lock));
}

#[test]
fn deeply_nested_shapes_are_rejected() {
    let deep = format!("format 2\nevent x 1: {}text", "optional ".repeat(100_000));
    assert!(LockFile::parse(&deep).is_err());
}

#[test]
fn parse_errors_name_the_line() {
    let parse_error = |text: &str| {
        let refused = LockFile::parse(text).unwrap_err();
        format!("line {}: {}", refused.line, refused.reason)
    };
    assert_eq!(
        parse_error("format 2\n\nevent x 1\n<<<<<<< HEAD\n"),
        "line 4: two branches changed the same lines; keep the lines of both, remove the markers, and write the lock again"
    );
    assert_eq!(
        parse_error("# a lock\nformat 3\n"),
        "line 2: this program reads formats up to 2, and the lock has another one; use the eventsource-schema that wrote it, or a newer one"
    );
    assert_eq!(
        parse_error("event x 1\n"),
        "line 1: `format 2` is expected here"
    );
    assert_eq!(
        parse_error("format 2\nevent x 1\n    sku: txt\n"),
        "line 3: `sku: txt` is not complete"
    );
    assert_eq!(
        parse_error("format 2\nevent x 1\n   sku: text\n"),
        "line 3: each level is indented by four spaces"
    );
    assert_eq!(
        parse_error("format 2\nevent x 1\nevent x 1\n"),
        "line 3: this block appears twice; keep one of the two"
    );
    assert_eq!(
        parse_error("format 2\nevents x\n"),
        "line 2: ` x` is not expected after `events`"
    );
    assert_eq!(
        parse_error("format 2\nevent x 1\n    msgpack 8\n"),
        "line 3: `msgpack 8` is not complete"
    );
}

fn locks() -> impl Strategy<Value = LockFile> {
    let part = prop_oneof![Just(Part::Applied), Just(Part::Ignored)];
    let aggregates = btree_map(names(), btree_map(names(), part, 0..3), 0..3);
    let events = btree_map((names(), any::<u32>()), events(), 0..4);
    (aggregates, events, btree_set(names(), 0..3)).prop_map(|(aggregates, events, reactors)| {
        LockFile {
            aggregates,
            events,
            reactors,
        }
    })
}

fn events() -> impl Strategy<Value = LockedEvent> {
    let status = prop_oneof![
        Just(EventStatus::Stored),
        names().prop_map(EventStatus::RenamedTo),
        Just(EventStatus::Retired),
    ];
    let type_note = prop::option::of("[^\r\n]*");
    (
        status,
        shapes(),
        type_note,
        btree_set(names(), 0..3),
        vec(payloads(), 0..3),
    )
        .prop_map(|(status, shape, type_note, tags, payloads)| {
            let mut type_notes = BTreeMap::new();
            if let (Some(type_note), Shape::Fields(fields)) = (type_note.clone(), &shape) {
                type_notes.extend(
                    fields
                        .fields
                        .first()
                        .map(|first| (first.name.clone(), type_note)),
                );
            }
            type_notes.extend(type_note.map(|type_note| (String::new(), type_note)));
            LockedEvent {
                status,
                shape,
                tags: Some(tags),
                type_notes,
                payloads,
            }
        })
}

fn payloads() -> impl Strategy<Value = LockedPayload> {
    let msgpack = vec(any::<u8>(), 0..9).prop_map(|bytes| LockedPayload {
        codec: Codec::MessagePack,
        bytes,
        read_as: None,
        tags: Some(BTreeSet::new()),
    });
    let events = vec(any::<String>(), 0..3).prop_map(Json::from);
    let tags = btree_set(names(), 0..3);
    let json = (any::<String>(), prop::option::of(events), tags);
    let json = json.prop_map(|(text, read_as, tags)| LockedPayload {
        codec: Codec::Json,
        bytes: serde_json::to_vec(&text).unwrap(),
        read_as,
        tags: Some(tags),
    });
    prop_oneof![msgpack, json]
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        Just(Shape::Anything),
        names().prop_map(Shape::Recursive),
        (scalars(), prop::option::of(examples()))
            .prop_map(|(kind, example)| Shape::Scalar { kind, example }),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let field = || (vec(names(), 0..2), any::<bool>(), inner.clone());
        prop_oneof![
            boxed.clone().prop_map(Shape::Optional),
            boxed.clone().prop_map(Shape::List),
            (boxed.clone(), boxed.clone()).prop_map(|(key, value)| Shape::Map(key, value)),
            vec(inner.clone(), 0..4).prop_map(Shape::Tuple),
            (btree_map(names(), field(), 0..4), unknown_fields(boxed)).prop_map(
                |(fields, unknown_fields)| {
                    let field = |(name, (aliases, required, shape))| Field {
                        name,
                        aliases,
                        required,
                        shape,
                    };
                    let fields = fields.into_iter().map(field).collect();
                    Shape::Fields(Fields {
                        fields,
                        unknown_fields,
                    })
                }
            ),
            (taggings(), btree_map(names(), field(), 0..4)).prop_map(|(tagging, variants)| {
                let variant = |(name, (aliases, _, shape))| Variant {
                    name,
                    aliases,
                    shape,
                };
                Shape::OneOf(tagging, variants.into_iter().map(variant).collect())
            }),
        ]
    })
}

fn unknown_fields(
    collected: impl Strategy<Value = Box<Shape>>,
) -> impl Strategy<Value = UnknownFields> {
    prop_oneof![
        Just(UnknownFields::Ignored),
        Just(UnknownFields::Denied),
        collected.prop_map(UnknownFields::Collected),
    ]
}

fn taggings() -> impl Strategy<Value = Tagging> {
    prop_oneof![
        Just(Tagging::External),
        names().prop_map(Tagging::Internal),
        (names(), names()).prop_map(|(tag, content)| Tagging::Adjacent { tag, content }),
    ]
}

fn scalars() -> impl Strategy<Value = Scalar> {
    let bits = || prop::sample::select(vec![8, 16, 32, 64, 128]);
    prop_oneof![
        Just(Scalar::Bool),
        Just(Scalar::Char),
        Just(Scalar::Text),
        Just(Scalar::Bytes),
        bits().prop_map(Scalar::Unsigned),
        bits().prop_map(Scalar::Signed),
        bits().prop_map(Scalar::Float),
    ]
}

fn examples() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        any::<i64>().prop_map(|number| number.to_string()),
    ]
}

/// Names, among them words of the format and names that need quotes.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}(\\.[a-z-]{1,8})?",
        "(or|now|json|retired|key|fields|0|\\.\\.|#|event) ?",
        "\\PC{1,6}",
        any::<String>().prop_filter("the name of no field", |name| !name.is_empty()),
    ]
}
