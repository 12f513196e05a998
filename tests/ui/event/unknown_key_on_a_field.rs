use eventsource_core::event;

#[event]
pub struct ItemAdded {
    #[event(skip)]
    pub sku: String,
}

fn main() {}
