use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU8;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::of;
use crate::values::Timestamp;

#[derive(Serialize, Deserialize)]
struct Cart {
    id: Uuid,
    items: BTreeMap<String, NonZeroU8>,
    address: Option<Address>,
    seats: HashSet<(u8, char)>,
    at: Timestamp,
    #[serde(default)]
    status: Status,
}

#[derive(Serialize, Deserialize)]
struct Address {
    #[serde(rename = "town")]
    city: String,
}

#[derive(Default, Serialize, Deserialize)]
enum Status {
    #[default]
    Open,
    Paid(u64),
    Sent {
        to: String,
        on: Option<bool>,
    },
    Split(u8, Box<Status>),
}

#[test]
fn every_field_and_every_variant_is_told() {
    assert_eq!(
        of::<Cart>().unwrap(),
        "{\"id\": text, \"items\": {text: u8}, \"address\": optional {\"town\": text, }, \
         \"seats\": [(u8,char,)], \"at\": i64, \"status\": one of <\"Open\" (); \"Paid\" u64; \
         \"Sent\" {\"to\": text, \"on\": optional bool, }; \"Split\" (u8,itself Status,); >, }"
    );
}

#[test]
fn what_changes_what_is_stored_changes_the_shape() {
    #[derive(Serialize, Deserialize)]
    struct One<T> {
        it: T,
    }
    #[derive(Serialize, Deserialize)]
    enum Two {
        A,
        B,
    }
    #[derive(Serialize, Deserialize)]
    enum Three {
        A,
        B,
        C,
    }
    let shapes = [
        of::<One<u32>>().unwrap(),
        of::<One<u64>>().unwrap(),
        of::<One<Option<u32>>>().unwrap(),
        of::<One<Vec<u32>>>().unwrap(),
        of::<One<[u32; 2]>>().unwrap(),
        of::<One<Two>>().unwrap(),
        of::<One<Three>>().unwrap(),
        of::<One<Option<Two>>>().unwrap(),
    ];
    let distinct: HashSet<_> = shapes.iter().collect();
    assert_eq!(distinct.len(), shapes.len(), "{shapes:#?}");
}

#[test]
fn types_that_hold_themselves_come_to_an_end() {
    #[derive(Serialize, Deserialize)]
    struct Tree {
        name: String,
        parent: Option<Box<Tree>>,
        children: Vec<Tree>,
    }
    #[derive(Serialize, Deserialize)]
    enum Expr {
        And(Box<Expr>, Box<Expr>),
        Not(Box<Expr>),
        Is(bool),
    }
    assert_eq!(of::<Tree>(), of::<Tree>());
    assert!(
        of::<Tree>()
            .unwrap()
            .contains(r#""children": [itself Tree]"#)
    );
    assert!(
        of::<Expr>()
            .unwrap()
            .contains(r#""Not" itself Expr; "Is" bool"#)
    );
}

#[test]
fn a_type_that_takes_anything_is_an_error_with_its_place() {
    #[derive(Serialize, Deserialize)]
    struct Loose {
        name: String,
        rest: serde_json::Value,
    }
    let error = of::<Loose>().unwrap_err().to_string();
    assert!(
        error.contains("at `rest`") && error.contains("the type accepts any value"),
        "{error}"
    );
}

#[test]
fn fields_that_are_flattened_are_an_error_because_not_all_of_them_may_show() {
    #[derive(Serialize, Deserialize)]
    struct State {
        #[serde(flatten)]
        address: Address,
    }
    let error = of::<State>().unwrap_err().to_string();
    assert!(
        error.contains("at `the value itself`") && error.contains("`flatten`"),
        "{error}"
    );
}

#[test]
fn a_type_that_refuses_every_made_up_value_is_an_error_with_its_place() {
    #[derive(Serialize, Deserialize)]
    #[serde(try_from = "String")]
    struct Magic;
    impl TryFrom<String> for Magic {
        type Error = &'static str;
        fn try_from(text: String) -> Result<Self, Self::Error> {
            if text == "xyzzy" {
                Ok(Self)
            } else {
                Err("not the word")
            }
        }
    }
    #[derive(Serialize, Deserialize)]
    struct Door {
        word: Magic,
    }
    let error = of::<Door>().unwrap_err().to_string();
    assert!(error.contains("at `word`, not the word"), "{error}");
}

#[test]
fn a_sample_tells_its_fields_its_variants_and_what_its_lists_hold() {
    #[derive(Serialize)]
    struct Order {
        lines: Vec<Line>,
        #[serde(flatten)]
        rest: BTreeMap<String, Option<u8>>,
        at: (u8, char),
    }
    #[derive(Serialize)]
    enum Line {
        Text(String),
        Item { sku: String, count: u32 },
        Rest,
    }
    let item = |count| Line::Item {
        sku: "tea".into(),
        count,
    };
    let order = Order {
        lines: vec![item(1), Line::Rest, item(2), Line::Text("x".into())],
        rest: [("note".to_owned(), Some(1)), ("seal".to_owned(), None)].into(),
        at: (1, 'a'),
    };
    assert_eq!(
        super::of_samples(&[order]).unwrap(),
        "samples\n{\"at\": (u8, char), \"lines\": [Line::Item(sku: str, count: u32) | Line::Rest | \
         Line::Text str], \"note\": some u8, \"seal\": none}"
    );
}

#[test]
fn bytes_in_base64_are_texts() {
    #[derive(Serialize, Deserialize)]
    struct Signed {
        #[serde(with = "crate::base64")]
        signature: Vec<u8>,
        #[serde(default, with = "crate::base64")]
        seal: Option<Vec<u8>>,
    }
    let shape = of::<Signed>().unwrap();
    assert_eq!(shape, "{\"signature\": text, \"seal\": optional text, }");
}
