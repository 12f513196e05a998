//! Root ids of aggregates.

use std::collections::HashSet;

use eventsource_core::values::{Environment, Timestamp};
use eventsource_core::{Aggregate, Apply, Id, event, uuid::Uuid};
use proptest::prelude::*;

#[event]
struct Opened;

#[derive(Aggregate, Default)]
#[aggregate(events(Opened))]
struct Cart;

impl Apply<Opened> for Cart {
    fn apply(&mut self, Opened: Opened) {}
}

/// The same category under another type, as after a type was renamed.
#[derive(Aggregate, Default)]
#[aggregate(category = "cart", event = Opened)]
struct Basket;

impl Apply<Opened> for Basket {
    fn apply(&mut self, Opened: Opened) {}
}

#[derive(Aggregate, Default)]
#[aggregate(event = Opened)]
struct Shop;

impl Apply<Opened> for Shop {
    fn apply(&mut self, Opened: Opened) {}
}

/// Stored ids were made so: if one of these fails, the aggregates behind them cannot be found.
#[test]
fn the_id_of_a_name_is_for_ever() {
    let id = |name| Id::<Cart>::from_name(name).to_string();
    assert_eq!(id("basket 42"), "d11ae7f2-ef0c-55cd-b211-1d173668cf18");
    assert_eq!(id(""), "25826a8a-c553-5fec-8120-0d39967d879e");
    assert_eq!(id("Größe 𝄞\0"), "a170a4e6-7a2c-5ac5-be08-191886ca09f4");
}

#[test]
fn the_id_of_a_name_belongs_to_the_category_and_not_to_the_type() {
    let cart = Id::<Cart>::from_name("42").uuid();
    assert_eq!(cart, Id::<Basket>::from_name("42").uuid());
    assert_ne!(cart, Id::<Shop>::from_name("42").uuid());
}

#[test]
fn new_ids_differ_and_later_ones_sort_later() {
    let ids: Vec<_> = (0..1_000).map(|_| Id::<Cart>::new()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 1_000);
    assert!(ids.is_sorted());
}

#[test]
fn what_is_no_uuid_is_no_id() {
    for text in [
        "",
        "42",
        "00000000-0000-0000-0000-00000000000",
        "00000000-0000-0000-0000-00000000000g",
    ] {
        assert!(text.parse::<Id<Cart>>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn an_id_comes_back_from_its_text(bits: u128) {
        let id = Id::<Cart>::from_uuid(Uuid::from_u128(bits));
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(id.uuid().as_u128(), bits);
    }

    #[test]
    fn an_id_comes_back_from_json(bits: u128) {
        let id = Id::<Cart>::from_uuid(Uuid::from_u128(bits));
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(&json, &format!("\"{id}\""));
        prop_assert_eq!(serde_json::from_str::<Id<Cart>>(&json).unwrap(), id);
    }

    #[test]
    fn other_names_are_other_ids(one: String, other: String) {
        let same = Id::<Cart>::from_name(&one) == Id::from_name(&other);
        prop_assert_eq!(same, one == other);
    }
}

#[test]
fn an_environment_gives_the_new_ids() {
    #[derive(Debug)]
    struct Fixed;

    impl Environment for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::default()
        }

        fn uuid(&self) -> Uuid {
            Uuid::from_u128(7)
        }
    }

    assert_eq!(Id::<Cart>::new_in(&Fixed).uuid(), Uuid::from_u128(7));
    let shared: &dyn Environment = &Fixed;
    assert_eq!(Id::<Cart>::new_in(shared), Id::new_in(&Fixed));
    assert_eq!(Id::<Cart>::new().uuid().get_version_num(), 7);
}
