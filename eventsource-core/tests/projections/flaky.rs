//! A store of read models that fails now and then.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, ModelId, ModelWatch,
    Parked, Progress, Rows, RunState, Select, SelectParked, StoredModel, Table, Write, WriteError,
    Writer,
};
use eventsource_core::store::{BoxFuture, StoreError, StoreErrorKind};
use eventsource_core::{Horizon, Key, MemoryReadModels, Position, ReadModelError, ReadModelStore};
use tokio::sync::Notify;

/// Fails each time a write comes whose number is divisible by `every`: in turn before it is done,
/// and after.
#[derive(Clone)]
pub(crate) struct Flaky {
    pub(crate) inner: MemoryReadModels,
    pub(crate) kind: StoreErrorKind,
    pub(crate) every: usize,
    pub(crate) writes: Arc<AtomicUsize>,
    /// The number of rows of each write, and its position.
    pub(crate) written: Arc<Mutex<Vec<(usize, Position)>>>,
    /// The write with this number is never done, nor answered, as if the process were killed.
    pub(crate) hangs_at: Option<usize>,
    pub(crate) hangs: Arc<Notify>,
    /// A switch waits at this barrier twice.
    pub(crate) switching: Option<Arc<Barrier>>,
    /// The next look at the progress takes so many milliseconds.
    pub(crate) next_look: Arc<AtomicU64>,
    /// The next claim is carried out, and answered so many milliseconds later.
    pub(crate) next_claim: Arc<AtomicU64>,
    /// Whether the lease of another cannot be claimed.
    pub(crate) keeps_leases: Arc<AtomicBool>,
    /// Each look at parked keys takes so many milliseconds.
    pub(crate) parked_takes: Arc<AtomicU64>,
    pub(crate) parked_looks: Arc<AtomicUsize>,
}

impl Flaky {
    pub(crate) fn new(inner: MemoryReadModels, kind: StoreErrorKind, every: usize) -> Self {
        let writes = Arc::default();
        Self {
            inner,
            kind,
            every,
            writes,
            written: Arc::default(),
            hangs_at: None,
            hangs: Arc::default(),
            switching: None,
            next_look: Arc::default(),
            next_claim: Arc::default(),
            keeps_leases: Arc::default(),
            parked_takes: Arc::default(),
            parked_looks: Arc::default(),
        }
    }

    fn failure(&self) -> StoreError {
        StoreError::new(self.kind, "the disk is on strike")
    }
}

impl ReadModelStore for Flaky {
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Checkpoint, WriteError>> {
        Box::pin(async move {
            let number = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
            if self.hangs_at == Some(number) {
                self.hangs.notify_one();
                std::future::pending::<()>().await;
            }
            let written = (write.rows.len(), write.to.position());
            self.written.lock().unwrap().push(written);
            if !number.is_multiple_of(self.every) {
                return self.inner.write(write).await;
            }
            if (number / self.every).is_multiple_of(2) {
                self.inner.write(write).await?;
            }
            Err(self.failure().into())
        })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<ClaimOutcome, ClaimError>> {
        Box::pin(async move {
            if claim.seen.is_some() && self.keeps_leases.load(Ordering::SeqCst) {
                return Err(self.failure().into());
            }
            let claimed = self.inner.claim(claim).await;
            let takes = self.next_claim.swap(0, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(takes)).await;
            claimed
        })
    }

    fn heartbeat(&self, writer: Writer) -> BoxFuture<'_, Result<(), ClaimError>> {
        self.inner.heartbeat(writer)
    }

    fn release(&self, writer: Writer, state: RunState) -> BoxFuture<'_, Result<(), ClaimError>> {
        self.inner.release(writer, state)
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> BoxFuture<'_, Result<u32, WriteError>> {
        self.inner.begin_batch(writer, at)
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> BoxFuture<'_, Result<Option<Checkpoint>, MaintainError>> {
        if let Some(switching) = &self.switching {
            switching.wait();
            switching.wait();
        }
        self.inner.switch(id, beside, lost)
    }

    fn report(&self, writer: Writer, state: RunState) -> BoxFuture<'_, Result<(), WriteError>> {
        self.inner.report(writer, state)
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> BoxFuture<'_, Result<Option<Progress>, ReadModelError>> {
        Box::pin(async move {
            let takes = self.next_look.swap(0, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(takes)).await;
            self.inner.progress(id, generation).await
        })
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> BoxFuture<'_, Result<Rows, ReadModelError>> {
        self.inner.rows(table, generation, select)
    }

    fn remove_older(&self, id: ModelId) -> BoxFuture<'_, Result<Vec<u32>, MaintainError>> {
        self.inner.remove_older(id)
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> BoxFuture<'_, Result<(Progress, Vec<Parked>), ReadModelError>> {
        Box::pin(async move {
            self.parked_looks.fetch_add(1, Ordering::SeqCst);
            let takes = self.parked_takes.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(takes)).await;
            self.inner.parked(id, generation, select).await
        })
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Position>, ReadModelError>> {
        self.inner.waiting(id, generation, key, limit)
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> BoxFuture<'_, Result<u64, MaintainError>> {
        self.inner.unpark(id, key)
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<StoredModel>, ReadModelError>> {
        self.inner.models()
    }

    fn watch_models(&self) -> ModelWatch {
        self.inner.watch_models()
    }
}
