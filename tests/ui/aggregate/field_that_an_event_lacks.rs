use eventsource_core::{Aggregate, Apply, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[event]
pub struct CheckedOut;

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded, CheckedOut), fields(sku: String))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

impl Apply<CheckedOut> for Cart {
    fn apply(&mut self, _: CheckedOut) {}
}

fn main() {}
