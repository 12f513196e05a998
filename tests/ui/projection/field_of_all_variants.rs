use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
    CheckedOut,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = sku, event = CartEvent)]
pub struct Demand {
    added: u64,
}

impl Project<CartEvent> for Demand {
    fn project(&mut self, _: &Recorded<CartEvent>) {}
}

fn main() {}
