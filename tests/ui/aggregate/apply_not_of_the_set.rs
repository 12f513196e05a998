use eventsource_core::{Aggregate, Apply, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[event]
pub struct ItemRemoved {
    pub sku: String,
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

impl Apply<ItemRemoved> for Cart {
    fn apply(&mut self, _: ItemRemoved) {}
}

fn main() {}
