use eventsource_core::event;

#[event(name = "item-added")]
pub struct ItemAddedV1;

#[event(from = ItemAddedV1)]
pub struct ItemAdded;

fn main() {}
