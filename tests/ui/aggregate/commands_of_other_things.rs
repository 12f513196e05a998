use eventsource_core::{Aggregate, Apply, event};

#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent, commands("add-item", Vec<AddItem>))]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent, commands = AddItem)]
pub struct Basket;

impl Apply<CartEvent> for Basket {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
