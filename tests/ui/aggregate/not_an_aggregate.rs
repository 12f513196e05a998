use eventsource_core::{MemoryStore, Repository};

pub struct Cart;

fn main() {
    let _ = Repository::<Cart>::new(MemoryStore::new());
}
