//! The store as a store of read models.

use std::future::ready;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, ModelId, Parked, Progress, Rows, RunState, Select,
    SelectParked, StoredModel, Table, Write, Writer,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Horizon, Key, Position, ReadModelError, ReadModelStore};
use rusqlite::Connection;
use tokio::sync::watch;

use super::SqliteStore;
use crate::models::write::Change;
use crate::models::{Outcome, Step, StepResult, read};

/// The result of a method of [`ReadModelStore`].
type ReadModelFuture<'a, T> = BoxFuture<'a, Result<T, ReadModelError>>;

impl ReadModelStore for SqliteStore {
    fn claim(&self, claim: Claim) -> ReadModelFuture<'_, ClaimOutcome> {
        Box::pin(async move {
            claim.model.check()?;
            self.step(Step::Claim(claim), |told| match told {
                StepResult::ClaimOutcome(claimed) => Some(*claimed),
                _ => None,
            })
            .await
        })
    }

    fn heartbeat(&self, writer: Writer) -> ReadModelFuture<'_, ()> {
        self.note(Step::Beat(writer))
    }

    fn release(&self, writer: Writer, state: RunState) -> ReadModelFuture<'_, ()> {
        self.note(Step::Release(writer, state))
    }

    fn write(&self, write: Write) -> ReadModelFuture<'_, Checkpoint> {
        let change = Change::of(write);
        Box::pin(async move {
            self.step(Step::Write(change?), |told| match told {
                StepResult::Written(checkpoint) => Some(checkpoint),
                _ => None,
            })
            .await
        })
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> ReadModelFuture<'_, u32> {
        self.step(Step::BeginBatch(writer, at), |told| match told {
            StepResult::Begun(starts) => Some(starts),
            _ => None,
        })
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> ReadModelFuture<'_, Option<Checkpoint>> {
        self.step(Step::Switch(id, beside, lost), |told| match told {
            StepResult::Switched(checkpoint) => Some(checkpoint),
            _ => None,
        })
    }

    fn report(&self, writer: Writer, state: RunState) -> ReadModelFuture<'_, ()> {
        self.note(Step::Report(writer, state))
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> ReadModelFuture<'_, Option<Progress>> {
        self.read_model(move |connection| read::progress(connection, &id, generation))
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> ReadModelFuture<'_, Rows> {
        if let Err(error) = select.check(&table) {
            return Box::pin(ready(Err(error)));
        }
        self.read_model(move |connection| read::rows(connection, &table, generation, select))
    }

    fn remove_older(&self, id: ModelId) -> ReadModelFuture<'_, Vec<u32>> {
        self.step(Step::RemoveOlder(id), |told| match told {
            StepResult::Removed(versions) => Some(versions),
            _ => None,
        })
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> ReadModelFuture<'_, (Progress, Vec<Parked>)> {
        self.read_model(move |connection| read::parked(connection, &id, generation, select))
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> ReadModelFuture<'_, Vec<Position>> {
        self.read_model(move |connection| read::waiting(connection, &id, generation, &key, limit))
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> ReadModelFuture<'_, u64> {
        self.step(Step::Unpark(id, key), |told| match told {
            StepResult::Unparked(keys) => Some(keys),
            _ => None,
        })
    }

    fn models(&self) -> ReadModelFuture<'_, Vec<StoredModel>> {
        self.read_model(read::models)
    }

    fn watch_models(&self) -> watch::Receiver<()> {
        self.opened().shared.models_moved.subscribe()
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
    /// That the store failed.
    pub async fn remove_inline(&self, name: impl Into<String>) -> Result<Vec<u32>, ReadModelError> {
        self.step(Step::RemoveInline(name.into()), |told| match told {
            StepResult::Removed(versions) => Some(versions),
            _ => None,
        })
        .await
    }

    fn step<T: Send + 'static>(
        &self,
        step: Step,
        answer: fn(StepResult) -> Option<T>,
    ) -> ReadModelFuture<'_, T> {
        Box::pin(async move {
            let told = self.opened().writer.step(step).await?;
            Ok(answer(told).expect("each step has its answer"))
        })
    }

    /// A step of which there is nothing to tell.
    fn note(&self, step: Step) -> ReadModelFuture<'_, ()> {
        self.step(step, |told| matches!(told, StepResult::Noted).then_some(()))
    }

    fn read_model<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> ReadModelFuture<'_, T> {
        let reading = self.opened().readers.try_run(|connection| read(connection));
        Box::pin(reading)
    }
}
