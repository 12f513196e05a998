use eventsource_core::event;

#[event]
pub enum CartEvent {
    #[event(version = 3)]
    ItemAdded { sku: String },
}

fn main() {}
