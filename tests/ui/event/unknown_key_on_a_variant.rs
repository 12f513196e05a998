use eventsource_core::event;

#[event]
pub enum CartEvent {
    #[event(nme = "cart.item-added")]
    ItemAdded,
    #[event(tag)]
    ItemRemoved,
}

fn main() {}
