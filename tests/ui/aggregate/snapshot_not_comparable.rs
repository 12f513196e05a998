use eventsource_core::{Aggregate, Apply, event};
use serde::{Deserialize, Serialize};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default, Serialize, Deserialize)]
#[aggregate(event = CartEvent, snapshot(every = 100, version = 1))]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
