//! Models of one table, and rows.

use eventsource_core::{
    Checkpoint, EventStore, Key, Model, Place, Position, ReadModelError, ReadModelStore, RowWrite,
    Table, ToKey, Write,
};
use eventsource_sqlite::SqliteStore;

pub(crate) fn table(name: &'static str, version: u32) -> Table {
    Table::new(name, version, &["sku"][..])
}

pub(crate) fn model(name: &'static str, version: u32) -> Model {
    Model::new(name, version, vec![table(name, version)])
}

pub(crate) async fn claim(
    store: &SqliteStore,
    model: &Model,
    place: Place,
) -> Result<Checkpoint, ReadModelError> {
    let claimed = store.claim(model.clone(), place, store.id()).await?;
    Ok(claimed.checkpoint)
}

pub(crate) fn put<K: ToKey + ?Sized>(key: &K, row: &str) -> RowWrite {
    RowWrite {
        table: 0,
        key: Key::of(key),
        row: Some(row.to_owned()),
    }
}

pub(crate) fn step(
    (model, place): (&Model, Place),
    from: Checkpoint,
    rows: Vec<RowWrite>,
) -> Write {
    let to = Position::new(from.position.offset() + 1);
    let mut write = Write::new(model.clone(), place, from, to);
    (write.rows, write.serving) = (rows, place == Place::Main);
    write
}

/// Claims a model, and lets it serve these rows.
pub(crate) async fn serve(store: &SqliteStore, model: &Model, rows: Vec<RowWrite>) -> Checkpoint {
    let from = claim(store, model, Place::Main).await.unwrap();
    let write = step((model, Place::Main), from, rows);
    store.write(write).await.unwrap()
}
