use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU8;

use serde::Deserialize;
use uuid::Uuid;

use super::of;
use crate::Timestamp;

#[expect(dead_code, reason = "only its shape matters")]
#[derive(Deserialize)]
struct Cart {
    id: Uuid,
    items: BTreeMap<String, NonZeroU8>,
    address: Option<Address>,
    seats: HashSet<(u8, char)>,
    at: Timestamp,
    #[serde(default)]
    status: Status,
}

#[expect(dead_code, reason = "only its shape matters")]
#[derive(Deserialize)]
struct Address {
    #[serde(rename = "town")]
    city: String,
}

#[expect(dead_code, reason = "only its shape matters")]
#[derive(Default, Deserialize)]
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
        "Cart{id: str, items: {str: u8}, address: optional Address{town: str, }, \
         seats: [(u8,char,),], at: i64, status: enum Status, }\n\
         enum Status: Open | Paid u64 | Sent{to: str, on: optional bool, } | Split(u8,enum Status,"
    );
}

#[test]
fn what_changes_what_is_stored_changes_the_shape() {
    #[expect(dead_code, reason = "only its shape matters")]
    #[derive(Deserialize)]
    struct One<T> {
        it: T,
    }
    #[derive(Deserialize)]
    enum Two {
        A,
        B,
    }
    #[derive(Deserialize)]
    enum Three {
        A,
        B,
        C,
    }
    let _ = [
        Two::A as u8,
        Two::B as u8,
        Three::A as u8,
        Three::B as u8,
        Three::C as u8,
    ];
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
    #[expect(dead_code, reason = "only its shape matters")]
    #[derive(Deserialize)]
    struct Tree {
        name: String,
        parent: Option<Box<Tree>>,
        children: Vec<Tree>,
    }
    #[expect(dead_code, reason = "only its shape matters")]
    #[derive(Deserialize)]
    enum Expr {
        And(Box<Expr>, Box<Expr>),
        Not(Box<Expr>),
        Is(bool),
    }
    assert_eq!(of::<Tree>(), of::<Tree>());
    assert!(of::<Tree>().unwrap().contains("children: [Tree{"));
    assert!(of::<Expr>().unwrap().ends_with("Not enum Expr | Is bool"));
}

#[test]
fn a_type_that_takes_anything_is_an_error_with_its_place() {
    #[expect(dead_code, reason = "only its shape matters")]
    #[derive(Deserialize)]
    struct Loose {
        name: String,
        rest: serde_json::Value,
    }
    let error = of::<Loose>().unwrap_err().to_string();
    assert!(
        error.contains("at `rest`") && error.contains("takes whatever it finds"),
        "{error}"
    );
}

#[test]
fn a_type_that_refuses_every_made_up_value_is_an_error_with_its_place() {
    #[derive(Deserialize)]
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
    #[expect(dead_code, reason = "only its shape matters")]
    #[derive(Deserialize)]
    struct Door {
        word: Magic,
    }
    let error = of::<Door>().unwrap_err().to_string();
    assert!(error.contains("at `word`, not the word"), "{error}");
}

#[test]
fn a_sample_tells_its_fields_its_variants_and_what_its_lists_hold() {
    #[derive(serde::Serialize)]
    struct Order {
        lines: Vec<Line>,
        #[serde(flatten)]
        rest: BTreeMap<String, Option<u8>>,
        at: (u8, char),
    }
    #[derive(serde::Serialize)]
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
