use eventsource_core::event;

#[event]
pub enum CartEvent {
    ItemAdded {
        sku: String,
    },
    #[cfg(all())]
    #[event(name = "cart.item-added")]
    ItemPut {
        sku: String,
    },
    #[cfg(any())]
    #[event(name = "cart.item-added")]
    ItemLaid {
        sku: String,
    },
}

fn main() {}
