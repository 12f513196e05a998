use eventsource_core::event;

#[event(name = "cart.item-added", versoin = 1)]
pub struct ItemAdded;

fn main() {}
