use std::convert::Infallible;

use eventsource_core::{Aggregate, Apply, Handle, event};

#[event]
pub enum CartEvent {
    CheckedOut,
}

pub struct CheckOut;

impl Handle<CheckOut> for Cart {
    type Events = CartEvent;
    type Error = Infallible;

    fn handle(&self, _: &CheckOut) -> Result<CartEvent, Infallible> {
        Ok(CartEvent::CheckedOut)
    }
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent, commands(CheckOut, CheckOut))]
pub struct Cart;

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
