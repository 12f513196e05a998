use eventsource_core::{Aggregate, Apply, event};

#[event]
pub enum CartEvent {
    CheckedOut,
}

pub struct CheckOut;

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent, commands(CheckOut))]
pub struct Cart<T: Default + Send + Sync + 'static> {
    pub of: T,
}

impl<T: Default + Send + Sync + 'static> Apply<CartEvent> for Cart<T> {
    fn apply(&mut self, _: CartEvent) {}
}

fn main() {}
