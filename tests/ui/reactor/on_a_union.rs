use eventsource_core::{Reactor, event};

#[event]
pub struct CheckedOut {
    pub email: String,
}

#[derive(Reactor)]
#[reactor(name = "receipts", events(CheckedOut))]
pub union Receipts {
    sent: u64,
}

fn main() {}
