//! Models of one table, and rows.

use eventsource_core::projection::ToKey;
use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, Model, RowWrite, Table, Write,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{EventLog, Horizon, Key, Position, ReadModelStore};
use eventsource_sqlite::SqliteStore;

pub(crate) fn table(name: &'static str, version: u32) -> Table {
    Table::new(name, version, &["sku"][..])
}

pub(crate) fn model(name: &'static str, version: u32) -> Model {
    Model::new(name, version, vec![table(name, version)])
}

/// Takes the model over from its current writer.
pub(crate) async fn claim(
    store: &SqliteStore,
    model: &Model,
    generation: Generation,
) -> Result<Checkpoint, ClaimError> {
    let mut claim = Claim::new(model.clone(), generation, store.log_id(), Uuid::now_v7());
    loop {
        match store.claim(claim.clone()).await? {
            ClaimOutcome::Granted(progress) => return Ok(progress.checkpoint),
            ClaimOutcome::Denied(lease) => claim.seen = Some(lease),
        }
    }
}

pub(crate) fn put<K: ToKey + ?Sized>(key: &K, row: &str) -> RowWrite {
    RowWrite::new(0, Key::of(key), Some(row.into()))
}

pub(crate) fn step(
    (model, generation): (&Model, Generation),
    from: Checkpoint,
    rows: Vec<RowWrite>,
) -> Write {
    let to = Position::new(from.at.position().offset().get() + 1);
    let mut write = Write::new(model.clone(), generation, from, Horizon::unchecked(to));
    (write.rows, write.serving) = (rows, generation == Generation::Serving);
    write
}

/// Claims a model, and lets it serve these rows.
pub(crate) async fn serve(store: &SqliteStore, model: &Model, rows: Vec<RowWrite>) -> Checkpoint {
    let from = claim(store, model, Generation::Serving).await.unwrap();
    let write = step((model, Generation::Serving), from, rows);
    store.write(write).await.unwrap()
}
