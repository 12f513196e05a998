use eventsource_core::{Projection, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = sku, events(ItemAdded))]
pub enum Demand {
    #[default]
    Low,
    High,
}

fn main() {}
