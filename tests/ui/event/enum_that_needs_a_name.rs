use eventsource_core::event;

#[event]
pub enum Event {
    ItemAdded,
}

fn main() {}
