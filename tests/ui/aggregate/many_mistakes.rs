use eventsource_core::{Aggregate, Apply, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Aggregate, Default)]
#[aggregate(
    category = "shopping cart",
    evnts(ItemAdded, ItemAdded),
    snapshot(evry = 100, version = 0),
    ignores("")
)]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

fn main() {}
