use eventsource_core::event;

#[event]
pub enum CartEvent {
    #[serde(rename = "added", alias = "put")]
    ItemAdded { sku: String },
    #[serde(skip)]
    ItemRemoved { sku: String },
    #[serde(other)]
    CheckedOut,
}

fn main() {}
