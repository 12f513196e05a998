//! The store as a store of read models.

use std::future::ready;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, ModelId, ModelWatch,
    Parked, Progress, Rows, RunState, Select, SelectParked, StoredModel, Table, Write, WriteError,
    Writer,
};
use eventsource_core::store::{BoxFuture, StoreError};
use eventsource_core::{Horizon, Key, Position, ReadModelError, ReadModelStore};
use rusqlite::Connection;

use super::SqliteStore;
use crate::models::write::{Change, unpark};
use crate::models::{Effect, Outcome, read, steps};

/// The result of a method of [`ReadModelStore`].
type ReadModelFuture<'a, T, E> = BoxFuture<'a, Result<T, E>>;

impl ReadModelStore for SqliteStore {
    fn claim(&self, claim: Claim) -> ReadModelFuture<'_, ClaimOutcome, ClaimError> {
        Box::pin(async move {
            claim.model.check()?;
            let claim = move |connection: &_| steps::claim(connection, &claim);
            self.opened().writer.step(Effect::Tables, claim).await
        })
    }

    fn heartbeat(&self, writer: Writer) -> ReadModelFuture<'_, (), ClaimError> {
        self.step(Effect::Mark, move |connection| {
            steps::heartbeat(connection, &writer)
        })
    }

    fn release(&self, writer: Writer, state: RunState) -> ReadModelFuture<'_, (), ClaimError> {
        self.step(Effect::Entry, move |connection| {
            steps::release(connection, &writer, &state)
        })
    }

    fn write(&self, write: Write) -> ReadModelFuture<'_, Checkpoint, WriteError> {
        let change = Change::of(write);
        Box::pin(async move { self.opened().writer.write(change?).await })
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> ReadModelFuture<'_, u32, WriteError> {
        self.step(Effect::Mark, move |connection| {
            steps::begin_batch(connection, &writer, at)
        })
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> ReadModelFuture<'_, Option<Checkpoint>, MaintainError> {
        self.step(Effect::Tables, move |connection| {
            steps::switch(connection, &id, beside, lost)
        })
    }

    fn report(&self, writer: Writer, state: RunState) -> ReadModelFuture<'_, (), WriteError> {
        self.step(Effect::Entry, move |connection| {
            steps::report(connection, &writer, &state)
        })
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> ReadModelFuture<'_, Option<Progress>, ReadModelError> {
        self.read_model(move |connection| read::progress(connection, &id, generation))
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> ReadModelFuture<'_, Rows, ReadModelError> {
        if let Err(error) = select.check(&table) {
            return Box::pin(ready(Err(error.into())));
        }
        self.read_model(move |connection| read::rows(connection, &table, generation, select))
    }

    fn remove_older(&self, id: ModelId) -> ReadModelFuture<'_, Vec<u32>, MaintainError> {
        self.step(Effect::Tables, move |connection| {
            steps::remove_older(connection, &id)
        })
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> ReadModelFuture<'_, (Progress, Vec<Parked>), ReadModelError> {
        self.read_model(move |connection| read::parked(connection, &id, generation, select))
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> ReadModelFuture<'_, Vec<Position>, ReadModelError> {
        self.read_model(move |connection| read::waiting(connection, &id, generation, &key, limit))
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> ReadModelFuture<'_, u64, MaintainError> {
        self.step(Effect::Entry, move |connection| {
            unpark(connection, &id, key.as_ref())
        })
    }

    fn models(&self) -> ReadModelFuture<'_, Vec<StoredModel>, ReadModelError> {
        self.read_model(read::models)
    }

    fn watch_models(&self) -> ModelWatch {
        self.opened().shared.model_changes.watch()
    }
}

impl SqliteStore {
    /// Gives up an inline projection: no append needs it any more, and its rows are gone, in every
    /// version. A process that still carries it is refused until it opens the store anew.
    ///
    /// It tells which versions there were.
    ///
    /// ```
    /// # use eventsource_sqlite::SqliteStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// let store = SqliteStore::open(path).await?;
    /// assert!(store.remove_inline("emails").await?.is_empty(), "it was never registered");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`MaintainError::Names`], or that the store failed.
    pub async fn remove_inline(&self, name: impl Into<String>) -> Result<Vec<u32>, MaintainError> {
        let name = name.into();
        self.step(Effect::Tables, move |connection| {
            steps::remove_inline(connection, &name)
        })
        .await
    }

    fn step<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        effect: Effect,
        decide: impl Fn(&Connection) -> Outcome<T, E> + Send + 'static,
    ) -> ReadModelFuture<'_, T, E> {
        Box::pin(self.opened().writer.step(effect, decide))
    }

    fn read_model<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Outcome<T, ReadModelError> + Send + 'static,
    ) -> ReadModelFuture<'_, T, ReadModelError> {
        let reading = self.opened().readers.try_run(|connection| read(connection));
        Box::pin(reading)
    }
}
