use eventsource_core::{Reactor, event};

#[event]
pub struct CheckedOut {
    pub email: String,
}

#[derive(Reactor)]
#[reactor(name = "Receipts", events())]
pub struct UpperCase;

#[derive(Reactor)]
#[reactor(name = "", events())]
pub struct Empty;

#[derive(Reactor)]
#[reactor(name = "send_receipts", events())]
pub struct Underscore;

fn main() {}
