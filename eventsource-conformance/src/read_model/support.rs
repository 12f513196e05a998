//! Support code of the cases.

use std::sync::Arc;

use eventsource_core::projection::ToKey;
use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, Model, ModelId,
    ModelMismatch, Progress, RowWrite, Select, Table, TableKeyError, Write, WriteError, Writer,
};
use eventsource_core::store::{LogId, StoreId};
use eventsource_core::{Horizon, Key, Position, ReadModelError};
use uuid::Uuid;

use super::Models;

/// The log that the events come from.
pub(super) const SOURCE: LogId = LogId::new(StoreId::new(Uuid::from_u128(7)), 0);
/// A writer, for cases in which its identity does not matter.
pub(super) const OWNER: Uuid = Uuid::from_u128(1);

/// The end of what was read, with the commit of the event at this offset.
pub(super) fn horizon(offset: u64) -> Horizon {
    Horizon::new(Position::new(offset), Uuid::from_u128(offset.into()))
}

/// A table by one part.
pub(super) fn demand(version: u32) -> Table {
    Table::new("demand", version, &["sku"][..])
}

/// A table by two parts.
pub(super) fn pairs() -> Table {
    Table::new("bought-together", 1, &["one", "other"][..])
}

/// A model of one table, and called like it.
pub(super) fn model(table: &Table) -> Model {
    Model::new(table.name.clone(), table.version, vec![table.clone()])
}

/// The id of the projection whose table this is.
pub(super) fn id(table: &Table) -> ModelId {
    ModelId::projection(table.name.clone(), table.version)
}

pub(super) fn writer(model: &Model, generation: Generation, epoch: u64) -> Writer {
    Writer::new(model.id.clone(), generation, epoch)
}

/// A row of the first table.
pub(super) fn put<K: ToKey + ?Sized>(key: &K, row: &str) -> RowWrite {
    put_in(0, key, row)
}

pub(super) fn put_in<K: ToKey + ?Sized>(table: usize, key: &K, row: &str) -> RowWrite {
    RowWrite::new(table, Key::of(key), Some(row.into()))
}

pub(super) fn delete<K: ToKey + ?Sized>(key: &K) -> RowWrite {
    RowWrite::new(0, Key::of(key), None)
}

pub(super) async fn claim(models: &Models, model: &Model, generation: Generation) -> Progress {
    let claimed = try_claim(models, model, generation, SOURCE).await;
    claimed.expect("it can be claimed")
}

pub(super) async fn try_claim(
    models: &Models,
    model: &Model,
    generation: Generation,
    source: LogId,
) -> Result<Progress, ClaimError> {
    let claim = Claim::new(model.clone(), generation, source, OWNER);
    match models.claim(claim).await? {
        ClaimOutcome::Granted(progress) => Ok(progress),
        ClaimOutcome::Denied(lease) => panic!("nobody else claims it: {lease:?}"),
    }
}

/// Writes rows that are those of the events up to a position.
pub(super) async fn write(
    models: &Models,
    (model, generation): (&Model, Generation),
    from: Checkpoint,
    to: u64,
    rows: Vec<RowWrite>,
) -> Result<Checkpoint, WriteError> {
    let mut write = Write::new(model.clone(), generation, from, horizon(to));
    write.rows = rows;
    models.write(write).await
}

/// The same, to the main place from the start, and lets it serve.
pub(super) async fn filled(
    models: &Models,
    model: &Model,
    to: u64,
    rows: Vec<RowWrite>,
) -> Checkpoint {
    let from = claim(models, model, Generation::Serving).await.checkpoint;
    let mut write = Write::new(model.clone(), Generation::Serving, from, horizon(to));
    (write.rows, write.serving) = (rows, true);
    models.write(write).await.expect("it can be written")
}

/// All rows of a table, by key.
pub(super) async fn all(models: &Models, table: &Table) -> Vec<(Key, String)> {
    page(models, table, None, usize::MAX).await
}

pub(super) async fn page(
    models: &Models,
    table: &Table,
    after: Option<Key>,
    limit: usize,
) -> Vec<(Key, String)> {
    let select = Select::After { after, limit };
    let page = models.rows(table.clone(), Generation::Serving, select);
    texts(page.await.expect("it can be read").rows)
}

/// The rows under these keys that are there.
pub(super) async fn found(
    models: &Models,
    table: &Table,
    generation: Generation,
    keys: Vec<Key>,
) -> Vec<(Key, String)> {
    let found = models.rows(table.clone(), generation, Select::Keys(keys));
    texts(found.await.expect("it can be read").rows)
}

pub(super) async fn at(models: &Models, table: &Table, generation: Generation) -> Option<Progress> {
    let progress = models.progress(id(table), generation).await;
    progress.expect("it can be read")
}

pub(super) fn is_taken_over<T, E: Refusal>(answer: &Result<T, E>) -> bool {
    answer.as_ref().is_err_and(Refusal::is_taken_over)
}

pub(super) fn is_unknown<T, E: Refusal>(answer: &Result<T, E>) -> bool {
    answer.as_ref().is_err_and(Refusal::is_not_found)
}

/// The key for which a write or a read was refused.
pub(super) fn refused_key<T, E: Refusal>(answer: &Result<T, E>) -> Option<&TableKeyError> {
    answer.as_ref().err()?.key()
}

/// The difference between the model of a claim or a write and the stored one.
pub(super) fn mismatch<T, E: Refusal>(answer: &Result<T, E>) -> Option<&ModelMismatch> {
    answer.as_ref().err()?.mismatch()
}

/// The refusals that several groups of operations have.
pub(super) trait Refusal {
    fn is_not_found(&self) -> bool;

    fn is_taken_over(&self) -> bool {
        false
    }

    fn key(&self) -> Option<&TableKeyError> {
        None
    }

    fn mismatch(&self) -> Option<&ModelMismatch> {
        None
    }
}

impl Refusal for ClaimError {
    fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    fn is_taken_over(&self) -> bool {
        matches!(self, Self::TakenOver { .. })
    }

    fn mismatch(&self) -> Option<&ModelMismatch> {
        match self {
            Self::Mismatch(mismatch) => Some(mismatch),
            _ => None,
        }
    }
}

impl Refusal for WriteError {
    fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    fn is_taken_over(&self) -> bool {
        matches!(self, Self::TakenOver { .. })
    }

    fn key(&self) -> Option<&TableKeyError> {
        match self {
            Self::Key(key) => Some(key),
            _ => None,
        }
    }

    fn mismatch(&self) -> Option<&ModelMismatch> {
        match self {
            Self::Mismatch(mismatch) => Some(mismatch),
            _ => None,
        }
    }
}

impl Refusal for ReadModelError {
    fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    fn key(&self) -> Option<&TableKeyError> {
        match self {
            Self::Key(key) => Some(key),
            _ => None,
        }
    }
}

impl Refusal for MaintainError {
    fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    fn is_taken_over(&self) -> bool {
        matches!(self, Self::TakenOver { .. })
    }
}

/// Rows with texts that compare with those of a test.
pub(super) fn texts(rows: Vec<(Key, Arc<str>)>) -> Vec<(Key, String)> {
    let text = |(key, row): (Key, Arc<str>)| (key, row.to_string());
    rows.into_iter().map(text).collect()
}
