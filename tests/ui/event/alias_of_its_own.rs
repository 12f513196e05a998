use eventsource_core::event;

#[event(alias = "item-added")]
pub struct ItemAdded;

fn main() {}
