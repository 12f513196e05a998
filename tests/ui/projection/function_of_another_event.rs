use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event(name = "cart.item-added")]
pub struct ItemAdded {
    pub sku: String,
}

#[event(name = "cart.item-removed")]
pub struct ItemRemoved {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = Self::key, events(ItemAdded))]
pub struct Demand {
    count: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

impl Demand {
    fn key(removed: &ItemRemoved) -> &str {
        &removed.sku
    }
}

fn main() {}
