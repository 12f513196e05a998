use eventsource_core::event;

#[event]
pub struct ItemAdded;

#[event]
pub enum CartEvent {
    ItemAdded(ItemAdded),
    CheckedOut,
}

fn main() {}
