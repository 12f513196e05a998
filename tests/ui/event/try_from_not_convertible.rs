use eventsource_core::event;

#[event(name = "cart.item-added")]
pub struct ItemAddedV1;

#[event(name = "cart.item-added", version = 2, try_from = ItemAddedV1)]
pub struct ItemAdded;

fn main() {}
