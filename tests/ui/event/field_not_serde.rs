use eventsource_core::event;

#[event]
pub struct ItemAdded {
    pub sku: String,
    pub at: std::time::Instant,
}

fn main() {}
