use eventsource_core::event;

#[event]
pub enum CartEvent {
    ItemAdded { sku: &str, notes: Vec<&'static str> },
    Tagged(Option<&'static [u32]>),
}

fn main() {}
