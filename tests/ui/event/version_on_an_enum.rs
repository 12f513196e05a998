use eventsource_core::event;

#[event(version = 2, from = OldCartEvent)]
pub enum CartEvent {
    ItemAdded,
}

fn main() {}
