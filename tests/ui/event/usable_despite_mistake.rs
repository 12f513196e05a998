use eventsource_core::{Event, EventSet, event};

#[event(nam = "cart.item-added")]
pub struct ItemAdded {
    pub sku: String,
}

#[event]
pub enum CartEvent {
    #[event(vesion = 1)]
    ItemRemoved,
}

fn main() {
    // No error here: the items and their impls are there despite the mistakes.
    let added = ItemAdded {
        sku: ItemAdded::NAME.into(),
    };
    assert_eq!(added.clone(), added);
    let _ = (CartEvent::ItemRemoved, CartEvent::EVENTS);
}
