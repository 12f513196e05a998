use eventsource_core::event;

#[event(nam = "cart", manual(Clne))]
#[serde(untagged)]
pub enum CartEvent {
    #[event(version = 2)]
    ItemAdded {
        #[serde(skip)]
        sku: String,
    },
    #[event(name = "item removed", alias = 3)]
    ItemRemoved,
    #[event(name = "cart.item-added")]
    CheckedOut(#[event(tag)] u32),
}

fn main() {}
