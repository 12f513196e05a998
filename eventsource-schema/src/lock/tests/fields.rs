//! Reports about fields.

use super::{assert_pinned, assert_report, locked, program, update};

mod before {
    use eventsource_core::event;

    #[event(name = "cart")]
    pub(super) enum CartEvent {
        ItemAdded {
            sku: String,
            quantity: u32,
            customer: uuid::Uuid,
            gift: Option<String>,
        },
        Paid {
            payment: Payment,
        },
        CheckedOut,
        Noted(String),
    }

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub(super) enum Payment {
        Card { number: String },
        Cash,
    }
}

mod compatible {
    use eventsource_core::event;

    #[event(name = "cart")]
    pub(super) enum CartEvent {
        ItemAdded {
            #[serde(alias = "sku")]
            code: String,
            quantity: u64,
            customer: Customer,
            gift: Option<String>,
            note: Option<String>,
        },
        Paid {
            payment: Payment,
        },
        CheckedOut {
            #[serde(default)]
            by: String,
        },
        Noted(Note),
    }

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub(super) struct Customer(uuid::Uuid);

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub(super) struct Note(String);

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub(super) enum Payment {
        Card { number: String },
        Cash,
        Cheque(u32),
    }
}

mod breaking {
    use eventsource_core::event;

    #[event(name = "cart")]
    pub(super) enum CartEvent {
        ItemAdded {
            code: String,
            quantity: u16,
            customer: uuid::Uuid,
            gift: String,
            weight: f64,
        },
        Paid {
            payment: Payment,
        },
        CheckedOut,
        Noted(u32),
    }

    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(tag = "by")]
    pub(super) enum Payment {
        Card { number: String },
        Cash,
    }
}

mod versioned {
    use eventsource_core::event;

    #[event(name = "cart.item-added", version = 2, from = ItemAddedV1)]
    pub(super) struct ItemAdded {
        sku: String,
        weight: f64,
    }

    #[event(name = "cart.item-added")]
    pub(super) struct ItemAddedV1 {
        sku: String,
        quantity: u32,
        customer: uuid::Uuid,
        gift: Option<String>,
    }

    impl From<ItemAddedV1> for ItemAdded {
        fn from(old: ItemAddedV1) -> Self {
            let _ = (old.customer, old.gift);
            Self {
                sku: old.sku,
                weight: f64::from(old.quantity),
            }
        }
    }
}

mod earlier_version_changed {
    use eventsource_core::event;

    #[event(name = "cart.item-added", version = 2, from = ItemAddedV1)]
    pub(super) struct ItemAdded {
        sku: String,
        weight: u16,
    }

    #[event(name = "cart.item-added")]
    pub(super) struct ItemAddedV1 {
        sku: String,
        quantity: u32,
    }

    impl From<ItemAddedV1> for ItemAdded {
        fn from(old: ItemAddedV1) -> Self {
            let ItemAddedV1 { sku, quantity } = old;
            let weight = quantity.try_into().unwrap_or(u16::MAX);
            Self { sku, weight }
        }
    }
}

#[test]
fn the_first_lock_of_a_program() {
    assert_pinned("first_lock", &locked(&program!(before)).to_string());
}

#[test]
fn compatible_changes_are_reported_and_locked() {
    let lock = locked(&program!(before));
    assert_report("compatible_fields", &lock, &program!(compatible));
    let lock = update(&lock, &program!(compatible));
    assert_pinned("compatible_fields_lock", &lock.to_string());
}

#[test]
fn breaking_changes_are_reported() {
    assert_report(
        "breaking_fields",
        &locked(&program!(before)),
        &program!(breaking),
    );
}

#[test]
fn a_new_version_keeps_the_old_one() {
    let mut lock = locked(&program!(before));
    lock.events.retain(|(name, _), _| name == "cart.item-added");
    assert_report("new_version", &lock, &program!(versioned));
    let lock = update(&lock, &program!(versioned));
    assert_eq!(lock.events.len(), 2);
}

#[test]
fn an_earlier_version_cannot_change() {
    let lock = locked(&program!(versioned));
    assert_report("earlier_version", &lock, &program!(earlier_version_changed));
}
