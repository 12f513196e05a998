use eventsource_core::event;

#[event]
pub enum CartEvent {
    ItemAdded {
        sku: String,
        #[serde(skip_serializing, default)]
        quantity: u32,
    },
    ItemMoved(u8, #[serde(skip_deserializing)] u8),
}

fn main() {}
