use std::convert::Infallible;

use eventsource_core::{Delivery, React, Reactor, Recorded, event};

#[event(name = "cart.checked-out")]
pub struct CheckedOut;

#[event(name = "cart.checked-out")]
pub struct Paid;

#[derive(Reactor)]
#[reactor(name = "receipts", events(CheckedOut, Paid))]
pub struct Receipts;

impl React<CheckedOut> for Receipts {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

impl React<Paid> for Receipts {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<Paid>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
