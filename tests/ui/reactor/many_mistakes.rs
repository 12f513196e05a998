use std::convert::Infallible;

use eventsource_core::{Delivery, React, Reactor, Recorded, event};

#[event]
pub struct CheckedOut {
    pub email: String,
}

#[derive(Reactor)]
#[reactor(
    name = "The Receipts",
    version = 1,
    event,
    stop_on_error = true,
    events(CheckedOut, CheckedOut, 3),
    folder = "receipts"
)]
pub struct Receipts;

impl React<CheckedOut> for Receipts {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
