use eventsource_core::event;

#[event(name = "cart.item-added")]
pub struct ItemsAddedV1;

#[event]
pub enum CartEvent {
    #[event(version = 2, from = ItemsAddedV1, split)]
    ItemAdded { sku: String },
}

fn main() {}
