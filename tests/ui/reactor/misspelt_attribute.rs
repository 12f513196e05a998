use eventsource_core::{Reactor, event};

#[event]
pub struct CheckedOut {
    pub email: String,
}

#[derive(Reactor)]
#[reacts(name = "receipts", events(CheckedOut))]
pub struct Receipts;

fn main() {}
