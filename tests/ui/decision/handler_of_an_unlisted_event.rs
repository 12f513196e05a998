use eventsource_core::{Aggregate, Apply, Handle, event};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[event]
pub struct ItemRemoved {
    pub sku: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded))]
pub struct Cart;

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: ItemAdded) {}
}

pub struct RemoveItem;

impl Handle<RemoveItem> for Cart {
    type Events = Option<ItemRemoved>;
    type Error = ();

    fn handle(&self, _: &RemoveItem) -> Result<Option<ItemRemoved>, ()> {
        Ok(None)
    }
}

fn main() {}
