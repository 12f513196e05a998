use eventsource_core::event;

#[event]
pub enum CartEvent {
    ItemAdded { sku: Sku },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sku;

// All of these are messages of serde's derive, one for each function that it writes over the field.
// An assertion of ours would be one more, and a `serde(bound)` that makes them one does not end for
// events that hold themselves.
fn main() {}
