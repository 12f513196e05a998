use eventsource_core::event;

#[event]
pub enum CartEvent {
    #[cfg_attr(all(), serde(skip))]
    ItemAdded {
        sku: String,
        #[cfg_attr(not(windows), serde(default, skip))]
        note: String,
    },
    ItemRemoved,
}

fn main() {}
