use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
    CheckedOut,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = root_id, event = CartEvent, events(ItemAdded))]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

fn main() {}
