use std::convert::Infallible;

use eventsource_core::{Delivery, React, Reactor, Recorded, event};

#[event]
pub struct CheckedOut {
    pub email: String,
}

#[event]
pub struct ItemRemoved {
    pub sku: String,
}

#[derive(Reactor)]
#[reactor(name = "receipts", events(CheckedOut))]
pub struct Receipts;

impl React<CheckedOut> for Receipts {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

impl React<ItemRemoved> for Receipts {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<ItemRemoved>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
