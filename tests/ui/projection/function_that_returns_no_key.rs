use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = Self::key, events(ItemAdded))]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

impl Demand {
    fn key(recorded: &Recorded<ItemAdded>) -> f64 {
        recorded.event.sku.len() as f64
    }
}

fn main() {}
