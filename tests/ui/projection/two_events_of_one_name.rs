use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event(name = "item-added")]
pub struct ItemAdded {
    pub sku: String,
}

#[event(name = "item-added", version = 1)]
pub struct Added {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = sku, events(ItemAdded, Added))]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

impl Project<Added> for Demand {
    fn project(&mut self, _: &Recorded<Added>) {}
}

fn main() {}
