use eventsource_core::event;

#[event]
pub struct ItemAdded {
    #[event(tag)]
    pub weight: f64,
}

#[event]
pub enum CartEvent {
    ItemAdded {
        #[event(tag)]
        weights: Vec<u32>,
    },
}

fn main() {}
