use eventsource_core::event;

#[event]
pub union ItemAdded {
    sku: u32,
    code: i32,
}

fn main() {}
