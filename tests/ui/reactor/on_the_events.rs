use eventsource_core::Reactor;

#[derive(Reactor)]
#[reactor(name = "receipts")]
pub enum CartEvent {
    CheckedOut,
}

fn main() {}
