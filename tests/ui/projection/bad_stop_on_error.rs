use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "value", key = sku, stop_on_error = true, events(ItemAdded))]
pub struct WithValue;

impl Project<ItemAdded> for WithValue {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "list", key = sku, stop_on_error(ItemAdded), events(ItemAdded))]
pub struct WithList;

impl Project<ItemAdded> for WithList {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "twice", key = sku, stop_on_error, events(ItemAdded), stop_on_error)]
pub struct Twice;

impl Project<ItemAdded> for Twice {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "misspelt", key = sku, stop_on_errors, events(ItemAdded))]
pub struct Misspelt;

impl Project<ItemAdded> for Misspelt {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "bare", key = sku, stop, events(ItemAdded))]
pub struct Other;

impl Project<ItemAdded> for Other {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

fn main() {}
