use eventsource_core::{Reactor, event};

#[event]
pub enum CartEvent {
    ItemRemoved { sku: String },
    CheckedOut,
}

#[derive(Reactor)]
#[reactor(name = "receipts", event = CartEvent)]
pub struct Receipts;

fn main() {}
