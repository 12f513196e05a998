use eventsource_core::{Aggregate, Apply, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default, PartialEq)]
#[aggregate(event = CartEvent, snapshot(every = 100, version = 1))]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
