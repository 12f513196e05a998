use eventsource_core::{Aggregate, Apply, event};

#[event]
pub enum Added {
    ItemAdded { sku: String },
}

#[derive(Aggregate, Default)]
#[aggregate(events(Added))]
pub struct Cart;

impl Apply<Added> for Cart {
    fn apply(&mut self, _: Added) {}
}

fn main() {}
