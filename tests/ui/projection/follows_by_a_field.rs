use eventsource_core::{Follow, Key, Project, Projection, Recorded, RowChange, event};
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

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "together", follows = Demand, key = sku)]
pub struct Together {
    times: i64,
}

impl Follow<Demand> for Together {
    fn follow(&mut self, _: &Key, _: &RowChange<Demand>) {}
}

fn main() {}
