use eventsource_core::{Aggregate, Apply, event};

#[event]
pub struct ItemAdded;

#[event(alias = "item-added")]
pub struct ItemPut;

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded, ItemPut))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

impl Apply<ItemPut> for Cart {
    fn apply(&mut self, _: ItemPut) {}
}

fn main() {}
