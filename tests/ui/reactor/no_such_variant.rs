use std::convert::Infallible;

use eventsource_core::{Delivery, React, Reactor, Recorded, event};

#[event]
pub enum CartEvent {
    ItemRemoved { sku: String },
    CheckedOut,
}

#[derive(Reactor)]
#[reactor(name = "receipts", event = CartEvent(Paid))]
pub struct Receipts;

impl React<CartEvent> for Receipts {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<CartEvent>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
