use eventsource_core::{
    MemoryReadModels, MemoryStore, Project, Projection, ReadModel, Recorded, Runner, event,
};
use serde::{Deserialize, Serialize};

#[event]
pub struct ItemAdded {
    pub sku: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", nothing = 1, key = sku, events(ItemAdded, 3))]
pub struct Demand {
    added: u64,
}

impl Project<ItemAdded> for Demand {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(key = 3, event = 3)]
pub struct Other;

impl Project<ItemAdded> for Other {
    fn project(&mut self, _: &Recorded<ItemAdded>) {}
}

fn main() {
    // No error here: the derive implements `Projection` despite its mistakes.
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let runner = Runner::new(store.clone(), models.clone());
    let _ = runner.project::<Demand>().project::<Other>();
    let _ = ReadModel::<Demand>::new(store, models);
    let _ = Other::NAME;
}
