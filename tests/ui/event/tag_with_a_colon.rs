use eventsource_core::event;

#[event]
pub struct ItemAdded {
    #[event(tag = "cart:item")]
    pub sku: String,
}

fn main() {}
