use eventsource_core::event;

#[event]
pub struct ItemAdded<T> {
    pub sku: T,
}

fn main() {}
