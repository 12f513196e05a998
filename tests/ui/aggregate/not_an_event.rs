use eventsource_core::{Aggregate, Apply};

pub struct ItemAdded;

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

fn main() {}
