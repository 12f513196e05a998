use eventsource_core::event;

#[event]
pub struct PriceChanged {
    pub sku: String,
    pub price: fn(u32) -> u32,
}

fn main() {}
