//! The shop as it is today: its events and aggregates.

use std::collections::BTreeMap;
use std::convert::Infallible;

use eventsource_core::uuid::Uuid;
use eventsource_core::{Aggregate, Apply, Id, event};
use serde::{Deserialize, Serialize};

use crate::then;

#[event(name = "cart.item-added", version = 2, from = then::ItemAdded)]
pub(crate) struct ItemAdded {
    #[event(tag)]
    pub(crate) sku: String,
    pub(crate) quantity: u32,
}

impl From<then::ItemAdded> for ItemAdded {
    fn from(old: then::ItemAdded) -> Self {
        let then::ItemAdded { sku } = old;
        Self { sku, quantity: 1 }
    }
}

#[event(name = "cart.cleared", alias = "cart.emptied")]
pub(crate) struct Cleared;

#[event(name = "cart.checked-out")]
pub(crate) struct CheckedOut {
    pub(crate) payment: Payment,
    pub(crate) remark: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Payment {
    Cash,
    Card { number: Option<u64>, share: f64 },
}

/// The same cart with snapshots and without.
macro_rules! carts {
    ($($cart:ident($($snapshot:tt)*))*) => {
        $(#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[aggregate(
            events(ItemAdded, Cleared, CheckedOut),
            category = "cart",
            ignores("cart.greeted")
            $($snapshot)*
        )]
        pub(crate) struct $cart {
            items: BTreeMap<String, u32>,
            cleared: u32,
            checked_out: Vec<Payment>,
        }

        impl Apply<ItemAdded> for $cart {
            fn apply(&mut self, added: ItemAdded) {
                *self.items.entry(added.sku).or_default() += added.quantity;
            }
        }

        impl Apply<Cleared> for $cart {
            fn apply(&mut self, _: Cleared) {
                self.items.clear();
                self.cleared += 1;
            }
        }

        impl Apply<CheckedOut> for $cart {
            fn apply(&mut self, checked_out: CheckedOut) {
                self.checked_out.push(checked_out.payment);
            }
        }

        impl $cart {
            pub(crate) fn describe(&self) -> String {
                let Self { items, cleared, checked_out } = self;
                format!("{items:?}, cleared {cleared}, checked out {checked_out:?}")
            }
        })*
    };
}

carts! {
    Cart(, snapshot(every = 4, version = 1))
    PlainCart()
}

impl Cart {
    pub(crate) fn add(sku: &str, quantity: u32) -> impl Fn(&Self) -> Result<ItemAdded, Infallible> {
        move |_| {
            let sku = sku.to_owned();
            Ok(ItemAdded { sku, quantity })
        }
    }

    pub(crate) fn check_out(
        payment: Payment,
        remark: &str,
    ) -> impl Fn(&Self) -> Result<CheckedOut, Infallible> {
        move |_| {
            let (payment, remark) = (payment.clone(), remark.to_owned());
            Ok(CheckedOut { payment, remark })
        }
    }
}

#[event]
pub(crate) enum AccountEvent {
    Opened { email: String },
    Closed { email: String },
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(event = AccountEvent)]
pub(crate) struct Account {
    email: Option<String>,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: AccountEvent) {
        self.email = match event {
            AccountEvent::Opened { email } => Some(email),
            AccountEvent::Closed { .. } => None,
        };
    }
}

impl Account {
    pub(crate) fn open(email: &str) -> impl Fn(&Self) -> Result<AccountEvent, Infallible> {
        move |_| {
            let email = email.to_owned();
            Ok(AccountEvent::Opened { email })
        }
    }

    pub(crate) fn close(&self) -> AccountEvent {
        let email = self.email.clone().unwrap_or_default();
        AccountEvent::Closed { email }
    }
}

#[event]
pub(crate) enum LedgerEvent {
    Noted { cart: Uuid },
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(event = LedgerEvent)]
pub(crate) struct Ledger {
    carts: Vec<Uuid>,
}

impl Apply<LedgerEvent> for Ledger {
    fn apply(&mut self, LedgerEvent::Noted { cart }: LedgerEvent) {
        self.carts.push(cart);
    }
}

impl Ledger {
    pub(crate) fn id() -> Id<Self> {
        Id::from_name("carts")
    }
}
