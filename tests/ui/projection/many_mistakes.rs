use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(
    name = "The Demand",
    version = 0,
    keyy = sku,
    events(ItemAdded, ItemAdded, 3),
    columns(Sku, sku)
)]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

fn main() {}
