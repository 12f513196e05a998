use eventsource_core::{Aggregate, Apply};

pub enum CartEvent {
    ItemAdded,
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
