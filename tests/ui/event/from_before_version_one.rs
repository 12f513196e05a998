use eventsource_core::event;

#[event(name = "item-added")]
pub struct ItemAddedV0;

#[event(version = 1, from = ItemAddedV0)]
pub struct ItemAdded;

#[event(version = 1, try_from = ItemAddedV0)]
pub struct ItemAddedToo;

fn main() {}
