//! The store of read models in memory.

mod parked;
mod state;

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::future::BoxFuture;
use crate::projection::Key;
use crate::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, ModelId, ModelNotifier,
    ModelWatch, Parked, Progress, ReadModelError, ReadModelStore, Rows, RunState, Select,
    SelectParked, StoredModel, Table, Write, WriteError, Writer,
};
use crate::store::Horizon;
use crate::values::Position;
use state::State;

/// The result of a method of [`ReadModelStore`].
type ReadModelFuture<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// A store of read models in memory, for tests, and for models that each process can build anew quickly
/// enough. Cheap to clone; the clones share the rows.
///
/// ```
/// use eventsource_core::{MemoryReadModels, MemoryStore, Runner};
///
/// let runner = Runner::new(MemoryStore::new(), MemoryReadModels::new());
/// # let _ = runner;
/// ```
#[derive(Clone, Default)]
#[doc(alias("in-memory", "mock"))]
pub struct MemoryReadModels(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changes: ModelNotifier,
}

impl MemoryReadModels {
    /// A store without models.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The state. A panic under its lock does not damage it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moved<T>(&self, answer: T) -> BoxFuture<'_, T>
    where
        T: Send + 'static,
    {
        self.0.changes.notify();
        Box::pin(ready(answer))
    }
}

impl ReadModelStore for MemoryReadModels {
    fn claim(&self, claim: Claim) -> ReadModelFuture<'_, ClaimOutcome, ClaimError> {
        let answer = self.state().claim(&claim);
        self.moved(answer)
    }

    fn heartbeat(&self, writer: Writer) -> ReadModelFuture<'_, (), ClaimError> {
        Box::pin(ready(self.state().heartbeat(&writer)))
    }

    fn release(&self, writer: Writer, state: RunState) -> ReadModelFuture<'_, (), ClaimError> {
        self.state().release(&writer, state);
        self.moved(Ok(()))
    }

    fn write(&self, write: Write) -> ReadModelFuture<'_, Checkpoint, WriteError> {
        let answer = self.state().write(write);
        self.moved(answer)
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> ReadModelFuture<'_, u32, WriteError> {
        Box::pin(ready(self.state().begin_batch(&writer, at)))
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> ReadModelFuture<'_, Option<Checkpoint>, MaintainError> {
        let answer = self.state().switch(&id, beside, lost);
        self.moved(answer)
    }

    fn report(&self, writer: Writer, state: RunState) -> ReadModelFuture<'_, (), WriteError> {
        self.state().report(&writer, state);
        self.moved(Ok(()))
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> ReadModelFuture<'_, Option<Progress>, ReadModelError> {
        Box::pin(ready(Ok(self.state().progress(&id, generation))))
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> ReadModelFuture<'_, Rows, ReadModelError> {
        Box::pin(ready(self.state().rows(&table, generation, select)))
    }

    fn remove_older(&self, id: ModelId) -> ReadModelFuture<'_, Vec<u32>, MaintainError> {
        let answer = self.state().remove_older(&id);
        self.moved(answer)
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> ReadModelFuture<'_, (Progress, Vec<Parked>), ReadModelError> {
        Box::pin(ready(self.state().parked(&id, generation, select)))
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> ReadModelFuture<'_, Vec<Position>, ReadModelError> {
        Box::pin(ready(self.state().waiting(&id, generation, &key, limit)))
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> ReadModelFuture<'_, u64, MaintainError> {
        let answer = self.state().unpark(&id, key.as_ref());
        self.moved(answer)
    }

    fn models(&self) -> ReadModelFuture<'_, Vec<StoredModel>, ReadModelError> {
        Box::pin(ready(Ok(self.state().models())))
    }

    fn watch_models(&self) -> ModelWatch {
        self.0.changes.watch()
    }
}

impl fmt::Debug for MemoryReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReadModels").finish_non_exhaustive()
    }
}
