use eventsource_core::{Aggregate, Apply, event};
use serde::{Deserialize, Serialize};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = CartEvent, snapshot(every = 100, version = 1))]
pub struct Cart {
    #[serde(default = "ten", skip_serializing_if = "is_zero")]
    free_places: u64,
}

fn ten() -> u64 {
    10
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
