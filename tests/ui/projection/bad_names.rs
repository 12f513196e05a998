use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "", key = root_id, events(ItemAdded))]
pub struct Empty;

impl Project<ItemAdded> for Empty {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "BoughtTogether", key = root_id, events(ItemAdded))]
pub struct Upper;

impl Project<ItemAdded> for Upper {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "bought together", key = root_id, events(ItemAdded))]
pub struct Space;

impl Project<ItemAdded> for Space {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "2nd", key = root_id, events(ItemAdded))]
pub struct Digit;

impl Project<ItemAdded> for Digit {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "bought-together-in-the-last-fifty-two-weeks", key = root_id, events(ItemAdded))]
pub struct Long;

impl Project<ItemAdded> for Long {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

fn main() {}
