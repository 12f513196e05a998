use eventsource_core::event;

#[event]
pub enum CartEvent {
    #[event]
    ItemAdded,
    #[event(name)]
    ItemRemoved,
}

fn main() {}
