use eventsource_core::event;

#[event]
pub enum CartEvent {
    ItemAdded {
        sku: String,
    },
    #[event(name = "cart.item-added")]
    ItemPut {
        sku: String,
    },
    #[event(alias = "cart.item-added")]
    ItemLaid {
        sku: String,
    },
}

fn main() {}
