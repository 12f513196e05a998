use eventsource_core::event;

#[event]
pub enum CartEvent {
    ItemAdded { sku: Sku },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sku;

fn main() {}
