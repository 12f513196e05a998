use eventsource_core::event;

#[event(name = "cart.item-added", name = "cart.item-put")]
pub struct ItemAdded;

fn main() {}
