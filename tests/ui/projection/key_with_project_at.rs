use eventsource_core::{Key, ProjectAt, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = sku, events(ItemAdded))]
pub struct Demand {
    added: u64,
}

impl ProjectAt<ItemAdded> for Demand {
    fn project_at(&mut self, _: &Key, _: &Recorded<ItemAdded>) {}
}

fn main() {}
