use std::rc::Rc;
use std::convert::Infallible;

use eventsource_core::{Delivery, React, Reactor, Recorded, event};

#[event]
pub struct CheckedOut {
    pub email: String,
}

#[derive(Reactor)]
#[reactor(name = "receipts", events(CheckedOut))]
pub struct Receipts;

impl React<CheckedOut> for Receipts {
    type Error = Infallible;

    async fn react(&self, recorded: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
        let email = Rc::new(recorded.event.email.clone());
        std::future::ready(()).await;
        drop(email);
        Ok(())
    }
}

fn main() {}
