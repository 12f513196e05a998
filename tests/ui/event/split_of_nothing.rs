use eventsource_core::event;

#[event(split)]
pub struct ItemAdded;

#[event]
pub enum CartEvent {
    #[event(split = 2)]
    ItemAdded,
    #[event(version = 1, split)]
    ItemRemoved,
}

fn main() {}
