use eventsource_core::{Aggregate, Apply, event};

#[event(name = "cart.item-added")]
pub struct ItemAdded;

#[event(name = "cart.item-added")]
pub struct ItemRemoved;

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded, ItemRemoved))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

impl Apply<ItemRemoved> for Cart {
    fn apply(&mut self, _: ItemRemoved) {}
}

fn main() {}
