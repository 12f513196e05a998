use eventsource_core::{Aggregate, Apply, event};
use serde::{Deserialize, Serialize};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = CartEvent, snapshot(every = 100, version = 1))]
pub enum Cart {
    #[default]
    Empty,
    Full {
        sku: String,
        #[cfg_attr(all(), serde(default, skip_serializing))]
        note: String,
    },
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, CartEvent::ItemAdded { sku }: CartEvent) {
        let note = sku.clone();
        *self = Self::Full { sku, note };
    }
}

fn main() {}
