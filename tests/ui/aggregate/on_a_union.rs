use eventsource_core::Aggregate;

#[derive(Aggregate)]
#[aggregate(event = CartEvent)]
pub union Cart {
    open: u8,
    closed: i8,
}

fn main() {}
