//! A state of many entries, once `Clone` and once not.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;

use eventsource_core::{Aggregate, Apply, Id, Repository, event};
use eventsource_sqlite::SqliteStore;
use uuid::Uuid;

use crate::Result;

#[event]
pub(crate) enum ShelfEvent {
    Filled { entries: u32 },
    Placed { key: u32 },
}

type Entries = HashMap<u32, String>;

fn apply(entries: &mut Entries, event: &ShelfEvent) {
    let mut place = |key: u32| entries.insert(key, format!("SKU-{key:06}"));
    match event {
        ShelfEvent::Filled { entries } => (0..*entries).for_each(|key| drop(place(key))),
        ShelfEvent::Placed { key } => drop(place(*key)),
    }
}

/// Is copied before a new event is folded, and kept for a conflict.
#[derive(Aggregate, Clone, Default)]
#[aggregate(event = ShelfEvent, category = "shelf")]
pub(crate) struct Copied(Entries);

impl Apply<ShelfEvent> for Copied {
    fn apply(&mut self, event: ShelfEvent) {
        apply(&mut self.0, &event);
    }
}

/// Is loaded again after a conflict.
#[derive(Aggregate, Default)]
#[aggregate(event = ShelfEvent, category = "shelf")]
pub(crate) struct Reloaded(Entries);

impl Apply<ShelfEvent> for Reloaded {
    fn apply(&mut self, event: ShelfEvent) {
        apply(&mut self.0, &event);
    }
}

/// A kind of shelf.
pub(crate) trait Shelf: Aggregate<Event = ShelfEvent> {}

impl Shelf for Copied {}
impl Shelf for Reloaded {}

/// The only shelf of a store.
pub(crate) fn id<S>() -> Id<S> {
    Id::from_uuid(Uuid::from_u128(7))
}

/// Decides on the shelf, and answers its version.
pub(crate) async fn execute<S: Shelf>(
    shelves: &Repository<S>,
    events: Vec<ShelfEvent>,
) -> Result<u64> {
    let decided = shelves.execute(id(), |_| Ok::<_, Infallible>(events.clone()));
    Ok(decided.await?.revision().version())
}

/// Opens a new store with the shelf as these events make it.
pub(crate) async fn open<S: Shelf>(path: &Path, events: Vec<ShelfEvent>) -> Result<SqliteStore> {
    let store = SqliteStore::open(path).await?;
    execute(&Repository::<S>::new(store.clone()), events).await?;
    Ok(store)
}
