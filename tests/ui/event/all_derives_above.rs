use eventsource_core::event;

/// The events of a cart.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[event]
pub enum CartEvent {
    ItemAdded { sku: String },
}

fn main() {}
