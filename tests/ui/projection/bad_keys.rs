use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = "sku", events(ItemAdded))]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "none", key, events(ItemAdded))]
pub struct None;

impl Project<ItemAdded> for None {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "called", key = Self::key(event), events(ItemAdded))]
pub struct Called;

impl Project<ItemAdded> for Called {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "closure", key = |event| &event.sku, events(ItemAdded))]
pub struct Closure;

impl Project<ItemAdded> for Closure {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "parts", key = (sku, Self::key), events(ItemAdded))]
pub struct Parts;

impl Project<ItemAdded> for Parts {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "twice", key = (sku, sku), events(ItemAdded))]
pub struct Twice;

impl Project<ItemAdded> for Twice {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "many", key = (a, b, c, d, e), events(ItemAdded))]
pub struct Many;

impl Project<ItemAdded> for Many {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "noparts", key = (), events(ItemAdded))]
pub struct NoParts;

impl Project<ItemAdded> for NoParts {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "keys", keys = sku, events(ItemAdded))]
pub struct Keys;

impl Project<ItemAdded> for Keys {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "columns", key = sku, columns(sku, week), events(ItemAdded))]
pub struct Columns;

impl Project<ItemAdded> for Columns {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

impl NoColumns {
    fn key(_: &ItemAdded) -> &'static str {
        "all"
    }
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "nocolumns", key = Self::key, columns(), events(ItemAdded))]
pub struct NoColumns;

impl Project<ItemAdded> for NoColumns {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

fn main() {}
