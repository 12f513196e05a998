use eventsource_core::{Aggregate, Apply, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[event]
pub struct ItemRemoved {
    pub sku: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded, ItemRemoved), fields(sku: String))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

impl Apply<ItemRemoved> for Cart {
    fn apply(&mut self, _: ItemRemoved) {}
}

fn main() {}
