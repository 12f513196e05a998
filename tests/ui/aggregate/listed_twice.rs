use eventsource_core::{Aggregate, Apply, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded, ItemAdded))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

fn main() {}
