use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", keys = Self::keys, events(ItemAdded))]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

impl Demand {
    fn keys(recorded: &Recorded<ItemAdded>) -> Vec<String> {
        vec![recorded.event.sku.clone()]
    }
}

fn main() {}
