use eventsource_core::event;

#[event]
pub struct ItemAdded(#[event(tag)] pub String);

fn main() {}
