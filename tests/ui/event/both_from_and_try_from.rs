use eventsource_core::event;

#[event(name = "cart.item-added")]
pub struct ItemAddedV1;

#[event(name = "cart.item-added", version = 2, from = ItemAddedV1, try_from = ItemAddedV1)]
pub struct ItemAdded;

impl From<ItemAddedV1> for ItemAdded {
    fn from(_: ItemAddedV1) -> Self {
        Self
    }
}

fn main() {}
