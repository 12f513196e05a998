use eventsource_core::{Project, Projection, Recorded, Row, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemRemoved {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "stock", key = sku, events(ItemRemoved))]
pub struct Stock {
    items: u64,
}

impl Project<ItemRemoved> for Stock {
    fn project(&mut self, _: &Recorded<ItemRemoved>) -> Row {
        Row::Delete
    }
}

// rustc compares the methods, and nothing of ours is asked: `Project<ItemRemoved, Row>` is what to write.
fn main() {}
