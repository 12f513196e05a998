use eventsource_core::event;

#[event(name = "cart.item-added")]
pub struct ItemAddedV1;

#[event(name = "cart.item-added", version = 2, try_from = ItemAddedV1)]
pub struct ItemAdded;

pub struct NoSuchItem;

impl TryFrom<ItemAddedV1> for ItemAdded {
    type Error = NoSuchItem;

    fn try_from(_: ItemAddedV1) -> Result<Self, NoSuchItem> {
        Err(NoSuchItem)
    }
}

fn main() {}
