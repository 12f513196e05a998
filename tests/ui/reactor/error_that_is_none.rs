use eventsource_core::{Delivery, React, Reactor, Recorded, event};

#[event]
pub struct CheckedOut {
    pub email: String,
}

#[derive(Reactor)]
#[reactor(name = "receipts", events(CheckedOut))]
pub struct Receipts;

pub struct NotSent;

impl React<CheckedOut> for Receipts {
    type Error = NotSent;

    async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), NotSent> {
        Ok(())
    }
}

fn main() {}
