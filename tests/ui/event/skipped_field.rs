use eventsource_core::event;

#[event]
pub struct ItemAdded {
    pub sku: String,
    #[serde(default, skip)]
    pub quantity: u32,
}

fn main() {}
