//! Reports about new, removed and renamed events.
#![allow(dead_code, reason = "no aggregate is loaded here")]

use super::{assert_holds, assert_pinned, assert_report, locked, program, update};
use crate::lock::file::{EventStatus, LockFile};

mod before {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemAdded { sku: String },
        GiftWrapped { paper: u8 },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent)]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod renamed {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        #[event(alias = "cart.item-added")]
        ItemPut {
            sku: String,
        },
        GiftWrapped {
            paper: u8,
        },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent)]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod renamed_without_alias {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemPut { sku: String },
        GiftWrapped { paper: u8 },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent)]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod retired {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemAdded { sku: String },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent, ignores("cart.gift-wrapped"))]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod one_name_ignored {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        GiftWrapped { paper: u8 },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent, ignores("cart.item-put"))]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod dropped {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemAdded { sku: String },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent)]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod twice {
    use eventsource_core::event;

    #[event(name = "cart.item-added")]
    pub(super) struct ItemAdded {
        sku: String,
    }

    #[event(name = "cart.item-put", alias = "cart.item-added")]
    pub(super) struct ItemPut {
        sku: String,
    }
}

mod second_version {
    use eventsource_core::event;

    #[event(name = "cart.item-put", version = 2, alias = "cart.item-added", from = ItemAddedV1)]
    pub(super) struct ItemPut {
        sku: String,
        quantity: u32,
    }

    #[event(name = "cart.item-added")]
    pub(super) struct ItemAddedV1 {
        sku: String,
    }

    impl From<ItemAddedV1> for ItemPut {
        fn from(ItemAddedV1 { sku }: ItemAddedV1) -> Self {
            Self { sku, quantity: 1 }
        }
    }
}

mod untraceable {
    use eventsource_core::event;

    #[event]
    pub(super) enum BankEvent {
        Opened { iban: Iban },
        Closed,
    }

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(try_from = "String")]
    pub(super) struct Iban(String);

    impl TryFrom<String> for Iban {
        type Error = &'static str;

        fn try_from(text: String) -> Result<Self, Self::Error> {
            let is_iban = text == "DE02120300000000202051";
            is_iban.then_some(Self(text)).ok_or("this is no IBAN")
        }
    }
}

#[test]
fn an_event_is_renamed_and_known_by_its_old_name() {
    let lock = locked(&program!(before));
    assert_report("renamed_event", &lock, &program!(renamed));
    let lock = update(&lock, &program!(renamed));
    assert_pinned("renamed_event_lock", &lock.to_string());
}

#[test]
fn the_old_name_of_an_event_cannot_be_dropped() {
    let lock = update(&locked(&program!(before)), &program!(renamed));
    assert_report("alias_dropped", &lock, &program!(renamed_without_alias));
}

#[test]
fn an_old_name_is_locked_though_no_lock_knew_it() {
    let lock = locked(&program!(renamed));
    let key = ("cart.item-added".to_owned(), 1);
    assert_eq!(
        lock.events[&key].status,
        EventStatus::RenamedTo("cart.item-put".to_owned())
    );
}

#[test]
fn a_removed_event_may_have_been_renamed() {
    let lock = locked(&program!(before));
    assert_report("vanished_event", &lock, &program!(renamed_without_alias));
}

#[test]
fn an_event_that_is_not_ignored_cannot_be_removed() {
    assert_report(
        "dropped_event",
        &locked(&program!(before)),
        &program!(dropped),
    );
}

#[test]
fn an_ignored_event_is_retired() {
    let lock = locked(&program!(before));
    assert_report("retired_event", &lock, &program!(retired));
    let lock = update(&lock, &program!(retired));
    assert_eq!(status(&lock, "cart.gift-wrapped"), EventStatus::Retired);
}

#[test]
fn a_retired_name_cannot_be_used_again() {
    let lock = update(&locked(&program!(before)), &program!(retired));
    assert_report("used_again", &lock, &program!(before));
}

#[test]
fn a_retired_event_has_to_stay_ignored() {
    let lock = update(&locked(&program!(before)), &program!(retired));
    assert_report("no_longer_ignored", &lock, &program!(dropped));
}

#[test]
fn events_of_a_dropped_aggregate_are_retired_by_hand() {
    let mut lock = locked(&program!(before));
    lock.aggregates.clear();
    let text = lock.to_string().replace(
        "event cart.gift-wrapped 1\n",
        "event cart.gift-wrapped 1\n    retired\n",
    );
    let mut lock = LockFile::parse(&text).unwrap();
    lock.aggregates = locked(&program!(dropped)).aggregates;
    assert_holds(&lock, &program!(dropped));
}

#[test]
fn two_types_cannot_share_a_stored_name() {
    assert_report("stored_name_twice", &LockFile::default(), &program!(twice));
}

#[test]
fn a_new_version_may_have_a_new_name() {
    let mut lock = locked(&program!(before));
    lock.aggregates.clear();
    lock.events.retain(|(name, _), _| name == "cart.item-added");
    let lock = update(&lock, &program!(second_version));
    let keys: Vec<_> = lock
        .events
        .keys()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    assert_eq!(keys, ["cart.item-added 1", "cart.item-put 2"]);
    assert_eq!(
        status(&lock, "cart.item-added"),
        EventStatus::RenamedTo("cart.item-put".to_owned())
    );
}

#[test]
fn a_version_cannot_decrease() {
    let mut lock = locked(&program!(second_version));
    lock.events.retain(|(name, _), _| name == "cart.item-put");
    assert_report("counted_down", &lock, &program!(twice));
}

#[test]
fn an_untraceable_event_is_reported_once() {
    assert_report("untraceable", &LockFile::default(), &program!(untraceable));
}

#[test]
fn an_unreadable_payload_is_reported() {
    let text = locked(&program!(before)).to_string();
    let text = text.replace(r#"json {"paper":1}"#, r#"json {"paper":-1}"#);
    assert!(text.contains("-1"), "{text}");
    let lock = LockFile::parse(&text).unwrap();
    assert_report("unread_payload", &lock, &program!(before));
}

#[test]
fn readable_payloads_stay() {
    let text = locked(&program!(before)).to_string();
    let text = text.replace(r#"json {"paper":1}"#, r#"json {"paper":200}"#);
    let lock = LockFile::parse(&text).unwrap();
    assert_holds(&lock, &program!(before));
}

#[test]
fn missing_payloads_are_added() {
    let text = locked(&program!(before)).to_string();
    let lines = text
        .lines()
        .filter(|line| !line.contains("paper\"") && !line.contains("msgpack 81a5"));
    let without: String = lines.flat_map(|line| [line, "\n"]).collect();
    assert_ne!(without, text);
    let lock = LockFile::parse(&without).unwrap();
    assert_report("no_payload", &lock, &program!(before));
    assert_eq!(update(&lock, &program!(before)).to_string(), text);
}

#[test]
fn every_name_of_a_retired_event_has_to_be_ignored() {
    let lock = update(&locked(&program!(before)), &program!(renamed));
    assert_report("all_names_ended", &lock, &program!(one_name_ignored));
}

fn status(lock: &LockFile, name: &str) -> EventStatus {
    lock.events[&(name.to_owned(), 1)].status.clone()
}
