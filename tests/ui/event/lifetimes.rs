use eventsource_core::event;

#[event]
pub enum CartEvent<'a> {
    ItemAdded { sku: &'a str },
}

fn main() {}
