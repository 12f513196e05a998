use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[event]
pub struct ItemRemoved {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = sku, events(ItemAdded))]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

impl Project<ItemRemoved> for Demand {
    fn project(&mut self, _: &Recorded<ItemRemoved>) {}
}

fn main() {}
