use eventsource_core::Projection;

#[derive(Projection)]
pub enum CartEvent {
    ItemAdded { sku: String },
    CheckedOut,
}

fn main() {}
