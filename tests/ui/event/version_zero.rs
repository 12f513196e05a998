use eventsource_core::event;

#[event(version = 0)]
pub struct ItemAdded;

fn main() {}
