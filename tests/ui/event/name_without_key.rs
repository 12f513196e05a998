use eventsource_core::event;

#[event("cart.item-added")]
pub struct ItemAdded;

fn main() {}
