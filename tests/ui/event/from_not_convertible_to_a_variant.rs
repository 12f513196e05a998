use eventsource_core::event;

#[event(name = "cart.item-added")]
pub struct ItemAddedV1;

#[event]
pub enum CartEvent {
    #[event(version = 2, from = ItemAddedV1)]
    ItemAdded { sku: String },
}

fn main() {}
