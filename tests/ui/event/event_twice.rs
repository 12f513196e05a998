use eventsource_core::event;

#[event(name = "cart.item-added")]
#[event(alias = "cart.item-put")]
pub struct ItemAdded;

fn main() {}
