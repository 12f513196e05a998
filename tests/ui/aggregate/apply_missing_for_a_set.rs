use eventsource_core::{Aggregate, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
pub struct Cart;

fn main() {}
