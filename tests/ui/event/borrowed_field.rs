use eventsource_core::event;

#[event]
pub struct ItemAdded {
    pub sku: &'static str,
}

fn main() {}
