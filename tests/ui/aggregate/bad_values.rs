use eventsource_core::{Aggregate, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = "CartEvent", category = cart, ignores(cart), snapshot(every = 0, version = "1"))]
pub struct Cart;

fn main() {}
