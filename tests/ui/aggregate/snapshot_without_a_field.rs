use eventsource_core::{Aggregate, Apply, event};
use serde::{Deserialize, Serialize};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = CartEvent, snapshot(every = 100, version = 1))]
pub struct Cart {
    skus: Vec<String>,
    #[serde(skip)]
    added: u64,
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, CartEvent::ItemAdded { sku }: CartEvent) {
        self.skus.push(sku);
        self.added += 1;
    }
}

fn main() {}
