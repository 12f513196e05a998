use eventsource_core::event;

#[event]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum CartEvent {
    ItemAdded { sku: String },
}

fn main() {}
