//! Structs, enums, and types with rules.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroI64, NonZeroU8};

use uuid::Uuid;

use super::*;

#[derive(Debug, Serialize, Deserialize)]
enum CartEvent {
    ItemAdded { sku: String, quantity: NonZeroU8 },
    Moved(Uuid),
    Split(u8, bool),
    CheckedOut,
}

#[test]
fn an_enum_shows_every_variant() {
    let expected = one_of([
        variant(
            "ItemAdded",
            fields([
                required("sku", text()),
                required("quantity", scalar_like(Scalar::Unsigned(8), "1")),
            ]),
        ),
        variant(
            "Moved",
            scalar_like(Scalar::Text, "\"00000000-0000-0000-0000-000000000000\""),
        ),
        variant("Split", Shape::Tuple(vec![u8(), scalar(Scalar::Bool)])),
        variant("CheckedOut", Shape::Unit),
    ]);
    assert_eq!(shape::<CartEvent>(), expected);
    assert_eq!(
        values::<CartEvent>(),
        [
            r#"{"ItemAdded":{"sku":"a","quantity":1}}"#,
            r#"{"Moved":"00000000-0000-0000-0000-000000000000"}"#,
            r#"{"Split":[1,true]}"#,
            r#""CheckedOut""#,
        ]
    );
}

#[test]
fn a_type_that_rejects_common_values_has_an_example() {
    assert_eq!(shape::<String>(), text());
    assert_eq!(shape::<u64>(), scalar(Scalar::Unsigned(64)));
    assert_eq!(
        shape::<NonZeroI64>(),
        scalar_like(Scalar::Signed(64), "1"),
        "0 is refused"
    );
    assert_eq!(
        shape::<IpAddr>(),
        scalar_like(Scalar::Text, "\"127.0.0.1\"")
    );
    assert_eq!(
        shape::<SocketAddr>(),
        scalar_like(Scalar::Text, "\"127.0.0.1:80\"")
    );
}

/// A text that a function checks.
macro_rules! checked {
    ($name:ident, $is:expr) => {
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        struct $name(String);

        impl TryFrom<String> for $name {
            type Error = &'static str;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                let is: fn(&str) -> bool = $is;
                is(&text).then_some(Self(text)).ok_or("not one of them")
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

checked!(Mail, |text| text.contains('@'));
checked!(Currency, |text| text.len() == 3
    && text.bytes().all(|byte| byte.is_ascii_uppercase()));
checked!(Decimal, |text| text.contains('.')
    && text.parse::<f64>().is_ok());
checked!(Version, |text| text.split('.').count() == 3
    && text.split('.').all(|part| part.parse::<u8>().is_ok()));
checked!(Name, |text| !text.is_empty());
checked!(Iban, |text| text == "DE02120300000000202051");

#[test]
fn common_types_with_rules_are_traced() {
    assert_eq!(
        shape::<Mail>(),
        scalar_like(Scalar::Text, "\"a@example.com\"")
    );
    assert_eq!(shape::<Currency>(), scalar_like(Scalar::Text, "\"EUR\""));
    assert_eq!(shape::<Decimal>(), scalar_like(Scalar::Text, "\"0.0\""));
    assert_eq!(shape::<Version>(), scalar_like(Scalar::Text, "\"0.0.0\""));
    assert_eq!(shape::<Name>(), scalar_like(Scalar::Text, "\"a\""));
}

#[derive(Debug, Serialize, Deserialize)]
enum Transfer {
    Sent { to: Iban, cents: u64 },
    Planned(BTreeMap<String, Vec<Option<Iban>>>),
}

#[test]
fn a_type_that_rejects_every_synthetic_value_is_an_error_with_its_path() {
    let error = trace::<Transfer>(&[]).unwrap_err();
    assert_eq!(error.to_string(), "at `Sent.to`, not one of them");
}

#[test]
fn values_that_cannot_be_synthesized_are_taken_from_a_sample() {
    let iban = || Iban("DE02120300000000202051".to_owned());
    let samples = [
        Transfer::Sent {
            to: iban(),
            cents: 7,
        },
        Transfer::Planned([("a".to_owned(), vec![None, Some(iban())])].into()),
    ];
    let traced = trace(&samples).unwrap();
    let iban = scalar_like(Scalar::Text, "\"DE02120300000000202051\"");
    let expected = one_of([
        variant(
            "Sent",
            fields([
                required("to", iban.clone()),
                required("cents", scalar(Scalar::Unsigned(64))),
            ]),
        ),
        variant("Planned", map(text(), list(optional(iban)))),
    ]);
    assert_eq!(traced.shape, expected);
}

#[test]
fn fields_that_depend_on_each_other_are_found_or_taken_from_a_sample() {
    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Raw {
        from: u8,
        to: u8,
        note: Option<String>,
    }
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(try_from = "Raw", into = "Raw")]
    struct Period(Raw);
    impl TryFrom<Raw> for Period {
        type Error = String;
        fn try_from(raw: Raw) -> Result<Self, String> {
            let fits = raw.from < raw.to && (raw.from != 77 || raw.to == 78);
            fits.then_some(Self(raw)).ok_or("it ends first".to_owned())
        }
    }
    impl From<Period> for Raw {
        fn from(period: Period) -> Self {
            period.0
        }
    }
    #[derive(Clone, Debug, Serialize, Deserialize)]
    #[serde(try_from = "Raw", into = "Raw")]
    struct Magic(Raw);
    impl TryFrom<Raw> for Magic {
        type Error = String;
        fn try_from(raw: Raw) -> Result<Self, String> {
            let fits = (raw.from, raw.to) == (77, 78);
            fits.then_some(Self(raw))
                .ok_or("not the numbers".to_owned())
        }
    }
    impl From<Magic> for Raw {
        fn from(magic: Magic) -> Self {
            magic.0
        }
    }
    let expected = fields([
        required("from", u8()),
        required("to", scalar_like(Scalar::Unsigned(8), "2")),
        not_required("note", optional(text())),
    ]);
    let found = shape::<Period>();
    assert_eq!(found, expected);
    let error = trace::<One<Magic>>(&[]).unwrap_err();
    assert_eq!(error.to_string(), "at `it`, not the numbers");
    let sample = Magic(Raw {
        from: 77,
        to: 78,
        note: None,
    });
    let traced = trace(&[One { it: sample }]).unwrap();
    assert_eq!(
        traced.shape,
        fields([required(
            "it",
            fields([
                required("from", scalar_like(Scalar::Unsigned(8), "77")),
                required("to", scalar_like(Scalar::Unsigned(8), "78")),
                not_required("note", optional(text())),
            ])
        )])
    );
}

#[test]
fn recursive_types_are_described_once() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Tree {
        name: Uuid,
        parent: Option<Box<Tree>>,
        children: Vec<Tree>,
    }
    #[derive(Debug, Serialize, Deserialize)]
    enum Expr {
        And(Box<Expr>, Box<Expr>),
        Not(Box<Expr>),
        Is(bool),
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Json(BTreeMap<String, Json>);
    let itself = |name: &str| Shape::Recursive(name.to_owned());
    assert_eq!(
        shape::<Tree>(),
        fields([
            required("name", shape::<Uuid>()),
            not_required("parent", optional(itself("Tree"))),
            required("children", list(itself("Tree"))),
        ])
    );
    assert_eq!(
        shape::<Expr>(),
        one_of([
            variant("And", Shape::Tuple(vec![itself("Expr"), itself("Expr")])),
            variant("Not", itself("Expr")),
            variant("Is", scalar(Scalar::Bool)),
        ])
    );
    assert_eq!(shape::<Json>(), map(text(), itself("Json")));
    assert_shape_holds::<Tree>();
    assert_shape_holds::<Expr>();
    assert_shape_holds::<Json>();
}

#[test]
fn a_type_in_another_type_of_its_name_is_not_recursive() {
    let it = |shape| fields([required("it", shape)]);
    assert_eq!(shape::<One<One<u8>>>(), it(it(u8())));
}

#[test]
fn an_endless_type_is_an_error() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Endless {
        more: Box<Endless>,
    }
    let error = trace::<Endless>(&[]).unwrap_err().to_string();
    assert!(
        error.contains("`Endless` contains itself without end"),
        "{error}"
    );
}

#[test]
fn tracing_many_binary_variants_ends() {
    macro_rules! operations {
        ($($name:ident)*) => {
            #[derive(Debug, Serialize, Deserialize)]
            enum Operation { $($name(Box<Operation>, Box<Operation>),)* Leaf(Uuid) }
        };
    }
    operations!(A B C D E F G H I J K L M N O P Q R S T U V W X Y Z);
    let Shape::OneOf(_, variants) = shape::<Operation>() else {
        panic!("an enum");
    };
    assert_eq!(variants.len(), 27);
}
