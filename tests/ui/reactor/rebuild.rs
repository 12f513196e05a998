use std::convert::Infallible;

use eventsource_core::{Delivery, React, Reactor, Recorded, Running, event};
use eventsource_core::runner::ProjectionError;

#[event]
pub struct CheckedOut {
    pub email: String,
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

pub async fn again(running: &Running) -> Result<(), ProjectionError> {
    running.rebuild::<Receipts>().await
}

fn main() {}
