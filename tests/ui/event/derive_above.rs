use eventsource_core::event;

#[derive(Debug, Clone)]
#[event]
pub struct ItemAdded;

fn main() {}
