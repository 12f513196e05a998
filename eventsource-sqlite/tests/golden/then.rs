//! The shop as it was in its first year.

use std::convert::Infallible;

use eventsource_core::uuid::Uuid;
use eventsource_core::{Aggregate, Apply, Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

use crate::now::AccountEvent;

#[event(name = "cart.item-added")]
pub(crate) struct ItemAdded {
    #[event(tag)]
    pub(crate) sku: String,
}

#[event(name = "cart.greeted")]
pub(crate) struct Greeted(pub(crate) String);

#[event(name = "cart.emptied")]
pub(crate) struct Emptied;

#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(
    events(ItemAdded, Greeted, Emptied),
    category = "cart",
    snapshot(every = 4, version = 1)
)]
pub(crate) struct Cart {
    items: Vec<String>,
}

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, added: ItemAdded) {
        self.items.push(added.sku);
    }
}

impl Apply<Greeted> for Cart {
    fn apply(&mut self, _: Greeted) {}
}

impl Apply<Emptied> for Cart {
    fn apply(&mut self, _: Emptied) {
        self.items.clear();
    }
}

impl Cart {
    pub(crate) fn add(sku: &str) -> impl Fn(&Self) -> Result<ItemAdded, Infallible> {
        move |_| {
            Ok(ItemAdded {
                sku: sku.to_owned(),
            })
        }
    }
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
pub(crate) struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {
        self.added += 1;
    }
}

/// Kept inline.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "emails", version = 1, key = email, event = AccountEvent(Opened))]
pub(crate) struct Emails {
    owner: Uuid,
}

impl Project<AccountEvent> for Emails {
    fn project(&mut self, recorded: &Recorded<AccountEvent>) {
        self.owner = recorded.root_id();
    }
}
