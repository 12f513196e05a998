use eventsource_core::{Aggregate, Apply, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded), fields(sku, 7, sku: String, sku: String))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

fn main() {}
