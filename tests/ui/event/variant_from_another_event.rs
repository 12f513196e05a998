use eventsource_core::event;

#[event(name = "cart.item-removed")]
pub struct ItemRemoved;

#[event]
pub enum CartEvent {
    #[event(version = 2, from = ItemRemoved)]
    ItemAdded(Sku),
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sku;

impl From<ItemRemoved> for Sku {
    fn from(_: ItemRemoved) -> Self {
        Self
    }
}

fn main() {}
