use eventsource_core::event;

#[event(name = "cart.item-added")]
pub struct ItemsAddedV1;

#[event(name = "cart.item-added", version = 2, from = ItemsAddedV1, split)]
pub struct ItemAdded;

fn main() {}
