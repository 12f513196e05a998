use eventsource_core::{Aggregate, Apply, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent, events(ItemAdded))]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
