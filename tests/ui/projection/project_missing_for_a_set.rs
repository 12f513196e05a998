use eventsource_core::{Projection, event};
use serde::{Deserialize, Serialize};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
    CheckedOut,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = root_id, event = CartEvent)]
pub struct Demand {
    added: u64,
}

fn main() {}
