use eventsource_core::Aggregate;

#[derive(Aggregate)]
pub enum CartEvent {
    ItemAdded { sku: String },
}

fn main() {}
