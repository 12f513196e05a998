use eventsource_core::{Aggregate, event};

mod events {
    #[super::event]
    pub struct ItemRemoved;
}

#[derive(Aggregate, Default)]
#[aggregate(events(events::ItemRemoved))]
pub struct Cart;

fn main() {}
