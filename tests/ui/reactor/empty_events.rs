use eventsource_core::Reactor;

#[derive(Reactor)]
#[reactor(name = "receipts", events())]
pub struct Receipts;

fn main() {}
