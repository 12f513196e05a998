use eventsource_core::event;

#[event(name = item_added, version = "2", from = 1)]
pub struct ItemAdded;

fn main() {}
