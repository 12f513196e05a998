//! The tables of the store.

use eventsource_core::store::{StoreError, StoreErrorKind, StoreId};
use eventsource_core::uuid::Uuid;
use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition,
    WriteTransaction,
};

use crate::error::{NO_STORE, failed};

pub(crate) type Envelope = &'static [u8];
pub(crate) type StreamKey = (&'static str, u64);
pub(crate) type IdKey = (&'static str, u128);

/// The position of the first event of a commit → its envelope.
const COMMITS: TableDefinition<u64, Envelope> = TableDefinition::new("commits");
/// The token of a stream and the version at which a commit left it → the position of that commit.
const STREAMS: TableDefinition<StreamKey, u64> = TableDefinition::new("streams");
/// The token of the stream of a commit's first event and the id of the commit → its position.
const IDS: TableDefinition<IdKey, u64> = TableDefinition::new("ids");
const META: TableDefinition<&str, u128> = TableDefinition::new("meta");

/// Counted up when a later version keeps something in another way.
const FORMAT: u128 = 1;

/// The tables in a transaction, which reads or writes.
pub(crate) struct Tables<C, S, I> {
    pub(crate) commits: C,
    pub(crate) streams: S,
    pub(crate) ids: I,
}

pub(crate) type ReadTables =
    Tables<ReadOnlyTable<u64, Envelope>, ReadOnlyTable<StreamKey, u64>, ReadOnlyTable<IdKey, u64>>;
pub(crate) type WriteTables<'t> =
    Tables<Table<'t, u64, Envelope>, Table<'t, StreamKey, u64>, Table<'t, IdKey, u64>>;

impl ReadTables {
    /// The tables as the last commit left them, whatever is written meanwhile.
    pub(crate) fn at_head(database: &Database) -> Result<Self, StoreError> {
        let transaction = database.begin_read().map_err(failed)?;
        Ok(Self {
            commits: transaction.open_table(COMMITS).map_err(failed)?,
            streams: transaction.open_table(STREAMS).map_err(failed)?,
            ids: transaction.open_table(IDS).map_err(failed)?,
        })
    }
}

impl<'t> WriteTables<'t> {
    pub(crate) fn of(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            commits: transaction.open_table(COMMITS).map_err(failed)?,
            streams: transaction.open_table(STREAMS).map_err(failed)?,
            ids: transaction.open_table(IDS).map_err(failed)?,
        })
    }
}

/// The id of the store in a database. An empty database becomes a store with the id `new`.
pub(crate) fn prepare(database: &Database, new: Uuid) -> Result<StoreId, StoreError> {
    let transaction = database.begin_write().map_err(failed)?;
    let is_new = transaction.list_tables().map_err(failed)?.next().is_none();
    let mut meta = transaction.open_table(META).map_err(failed)?;
    if is_new {
        WriteTables::of(&transaction)?;
        meta.insert("format", FORMAT).map_err(failed)?;
        meta.insert("id", new.as_u128()).map_err(failed)?;
    }
    let get = |key| {
        let value = meta.get(key).map_err(failed)?;
        Ok::<_, StoreError>(value.map(|value| value.value()))
    };
    let (Some(FORMAT), Some(id)) = (get("format")?, get("id")?) else {
        return Err(StoreError::new(StoreErrorKind::Incompatible, NO_STORE));
    };
    drop(meta);
    transaction.commit().map_err(failed)?;
    Ok(StoreId::new(Uuid::from_u128(id)))
}
