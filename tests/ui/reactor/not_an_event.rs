use std::convert::Infallible;

use eventsource_core::{Delivery, React, Reactor, Recorded};

pub struct CheckedOut;

#[derive(Reactor)]
#[reactor(name = "receipts", events(CheckedOut))]
pub struct Receipts;

impl React<CheckedOut> for Receipts {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
