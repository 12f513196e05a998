//! Types that read self-describing input.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use uuid::Uuid;

use super::*;

fn tagged(tagging: Tagging, variants: impl Into<Vec<Variant>>) -> Shape {
    Shape::OneOf(tagging, variants.into())
}

#[test]
fn an_internally_tagged_enum_shows_every_variant() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "type", rename_all = "kebab-case")]
    enum Payment {
        Card {
            number: String,
            cents: u64,
            note: Option<String>,
        },
        Transfer {
            to: Uuid,
            lines: Vec<Line>,
            rate: f64,
            #[serde(default)]
            fast: bool,
        },
        Voucher(Line),
        Cash,
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Line {
        sku: String,
        count: u8,
    }
    let line = || fields([required("sku", text()), required("count", u8())]);
    let expected = tagged(
        Tagging::Internal("type".to_owned()),
        [
            variant(
                "card",
                fields([
                    required("number", text()),
                    required("cents", scalar(Scalar::Unsigned(64))),
                    not_required("note", optional(text())),
                ]),
            ),
            variant(
                "transfer",
                fields([
                    required("to", shape::<Uuid>()),
                    required("lines", list(line())),
                    required("rate", scalar(Scalar::Float(64))),
                    not_required("fast", scalar(Scalar::Bool)),
                ]),
            ),
            variant("voucher", line()),
            variant("cash", fields([])),
        ],
    );
    assert_eq!(shape::<Payment>(), expected);
    assert_eq!(shape::<One<Payment>>(), fields([required("it", expected)]));
    assert_eq!(
        values::<Payment>(),
        [
            r#"{"type":"card","number":"a","cents":1,"note":"a"}"#,
            r#"{"type":"card","number":"a","cents":1,"note":null}"#,
            r#"{"type":"transfer","to":"00000000-0000-0000-0000-000000000000","lines":[{"sku":"a","count":1}],"rate":1.0,"fast":true}"#,
            r#"{"type":"voucher","sku":"a","count":1}"#,
            r#"{"type":"cash"}"#,
        ]
    );
    assert_shape_holds::<Payment>();
}

#[test]
fn an_adjacently_tagged_enum_shows_every_variant() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "t", content = "c")]
    enum Payment {
        Card {
            number: String,
            note: Option<u8>,
        },
        #[serde(alias = "Wire")]
        Transfer(Uuid),
        Pair(u8, char),
        Cash,
    }
    let (tag, content) = ("t".to_owned(), "c".to_owned());
    let transfer = Variant {
        aliases: vec!["Wire".to_owned()],
        ..variant("Transfer", shape::<Uuid>())
    };
    let card = [
        required("number", text()),
        not_required("note", optional(u8())),
    ];
    let expected = tagged(
        Tagging::Adjacent { tag, content },
        [
            variant("Card", fields(card)),
            transfer,
            variant("Pair", Shape::Tuple(vec![u8(), scalar(Scalar::Char)])),
            variant("Cash", Shape::Unit),
        ],
    );
    assert_eq!(shape::<Payment>(), expected);
    assert_eq!(values::<Payment>().len(), 5);
    assert_shape_holds::<Payment>();
}

#[derive(Debug, Serialize, Deserialize)]
struct Address {
    street: String,
    house: u16,
    floor: Option<i8>,
}

#[test]
fn a_flattened_struct_adds_its_fields_to_the_outer_struct() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Order {
        id: Uuid,
        #[serde(flatten)]
        address: Address,
        note: Option<String>,
        #[serde(default)]
        status: Status,
    }
    #[derive(Debug, Default, Serialize, Deserialize)]
    enum Status {
        #[default]
        Open,
        Paid(u64),
    }
    let status = [
        variant("Open", Shape::Unit),
        variant("Paid", scalar(Scalar::Unsigned(64))),
    ];
    let Shape::Fields(found) = shape::<Order>() else {
        panic!("a struct")
    };
    let mut found = found.fields;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(
        found,
        [
            not_required("floor", optional(scalar(Scalar::Signed(8)))),
            required("house", scalar(Scalar::Unsigned(16))),
            required("id", shape::<Uuid>()),
            not_required("note", optional(text())),
            not_required("status", one_of(status)),
            required("street", text()),
        ]
    );
    assert_shape_holds::<Order>();
}

#[test]
fn a_flattened_map_collects_unknown_fields() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Item {
        sku: String,
        #[serde(flatten)]
        rest: BTreeMap<String, Vec<u8>>,
    }
    let fields = vec![required("sku", text())];
    let unknown_fields = UnknownFields::Collected(Box::new(list(u8())));
    assert_eq!(
        shape::<Item>(),
        Shape::Fields(Fields {
            fields,
            unknown_fields
        })
    );
    assert_eq!(values::<Item>(), [r#"{"sku":"a","another-field":[1]}"#]);
}

#[test]
fn flattened_structs_may_be_nested_and_in_variants() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Inner {
        name: String,
        home: Address,
        size: Size,
    }
    #[derive(Debug, Serialize, Deserialize)]
    enum Size {
        Small,
        Large,
    }
    #[derive(Debug, Serialize, Deserialize)]
    enum Event {
        Moved {
            name: u8,
            #[serde(flatten)]
            to: Boxed,
        },
        Gone,
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Boxed {
        #[serde(flatten)]
        inner: Box<Outer>,
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Outer {
        of: Inner,
    }
    let size = one_of([variant("Small", Shape::Unit), variant("Large", Shape::Unit)]);
    let home = fields([
        required("street", text()),
        required("house", scalar(Scalar::Unsigned(16))),
        not_required("floor", optional(scalar(Scalar::Signed(8)))),
    ]);
    let inner = fields([
        required("name", text()),
        required("home", home),
        required("size", size),
    ]);
    let moved = fields([required("name", u8()), required("of", inner)]);
    let expected = [variant("Moved", moved), variant("Gone", Shape::Unit)];
    assert_eq!(shape::<Event>(), one_of(expected));
    assert_shape_holds::<Event>();
}

#[test]
fn types_with_rules_are_found_in_a_tagged_enum() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "is")]
    enum Ids {
        One {
            id: Uuid,
            at: std::num::NonZeroU8,
            by: std::net::IpAddr,
        },
    }
    let one = fields([
        required("id", shape::<Uuid>()),
        required("at", scalar_like(Scalar::Unsigned(8), "1")),
        required("by", scalar_like(Scalar::Text, "\"127.0.0.1\"")),
    ]);
    let ids = tagged(Tagging::Internal("is".to_owned()), [variant("One", one)]);
    assert_eq!(shape::<Ids>(), ids);
}

#[test]
fn a_type_that_accepts_any_value_is_anything() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u8),
        Text(String),
    }
    assert_eq!(shape::<Json>(), Shape::Anything);
    assert_eq!(shape::<Either>(), Shape::Anything);
    assert_eq!(
        shape::<One<Option<Json>>>(),
        fields([not_required("it", optional(Shape::Anything))])
    );
    assert_shape_holds::<Either>();
}

/// The rejection names another node than that of the zero that caused it.
#[test]
fn tracing_a_sample_of_an_untagged_enum_ends() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Amount {
        Cents(u64),
        Text(String),
    }
    let sample = One {
        it: Amount::Cents(1),
    };
    let Shape::Fields(fields) = trace(&[sample]).unwrap().shape else {
        panic!("these are fields");
    };
    assert_eq!(fields.fields, [required("it", Shape::Anything)]);
}

#[test]
fn a_flattened_enum_is_an_error() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Order {
        id: u8,
        #[serde(flatten)]
        kind: Kind,
    }
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Kind {
        One,
        Two { it: u8 },
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Outside {
        #[serde(flatten)]
        kind: Plain,
    }
    #[derive(Debug, Serialize, Deserialize)]
    enum Plain {
        One(u8),
    }
    trace::<Order>(&[]).unwrap_err();
    trace::<Outside>(&[]).unwrap_err();
}

#[test]
fn collected_values_may_be_optional_or_have_rules() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Rest<T> {
        #[serde(flatten)]
        rest: BTreeMap<String, T>,
    }
    let kept = |shape| {
        let (fields, unknown_fields) = (Vec::new(), UnknownFields::Collected(Box::new(shape)));
        Shape::Fields(Fields {
            fields,
            unknown_fields,
        })
    };
    assert_eq!(shape::<Rest<Option<u8>>>(), kept(optional(u8())));
    assert_eq!(shape::<Rest<Uuid>>(), kept(shape::<Uuid>()));
    assert_eq!(shape::<Rest<Json>>(), kept(Shape::Anything));
    assert_eq!(shape::<Rest<String>>(), kept(text()));
}

#[test]
fn unknown_fields_are_denied_beside_flattened_fields() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        id: u8,
        #[serde(flatten)]
        address: Address,
    }
    assert_shape_holds::<Strict>();
    let Shape::Fields(strict) = shape::<Strict>() else {
        panic!("a struct")
    };
    assert_eq!(strict.unknown_fields, UnknownFields::Denied);
}

#[test]
fn tracing_a_recursive_flattened_type_ends() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Comment {
        text: String,
        #[serde(flatten)]
        by: Address,
        replies: Vec<Comment>,
    }
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "is")]
    enum Expr {
        Not { of: Box<Expr> },
        Yes,
    }
    let Shape::Fields(comment) = shape::<Comment>() else {
        panic!("a struct")
    };
    let replies = list(Shape::Recursive("Comment".to_owned()));
    assert!(comment.fields.contains(&required("replies", replies)));
    assert_shape_holds::<Comment>();
    trace::<Expr>(&[]).unwrap_err();
}

#[test]
fn a_flattened_map_keyed_by_variants_is_an_error() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    enum Color {
        Red,
        Blue,
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Order {
        id: u8,
        #[serde(flatten)]
        by_color: BTreeMap<Color, u8>,
    }
    trace::<Order>(&[]).unwrap_err();
}
