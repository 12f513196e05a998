use eventsource_core::{EventSet, event};
use eventsource_core::event::Event;

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
