use eventsource_core::event;

#[event]
fn item_added() {}

fn main() {}
