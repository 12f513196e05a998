//! The read models in memory with one fault, and right ones whose writes can be held.

use std::sync::{Arc, Mutex};

use eventsource_conformance::read_model::TestBed;
use eventsource_conformance::{Gate, Hold};
use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, ModelId, ModelWatch,
    Parked, Progress, Rows, RunState, Select, SelectParked, StoredModel, Table, Write, WriteError,
    Writer,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Horizon, Key, MemoryReadModels, Position, ReadModelError, ReadModelStore};

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// The fault of a store of read models: one method. The rest is right.
pub(crate) trait ModelsFault: Send + Sync + 'static {
    /// Whether the next write of a handle can be held, at the gate that it gets.
    fn gate(&self) -> Option<&Mutex<Option<Gate>>> {
        None
    }

    fn claim<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        claim: Claim,
    ) -> Answer<'a, ClaimOutcome, ClaimError> {
        right.claim(claim)
    }

    fn heartbeat<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        writer: Writer,
    ) -> Answer<'a, (), ClaimError> {
        right.heartbeat(writer)
    }

    fn release<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        writer: Writer,
        state: RunState,
    ) -> Answer<'a, (), ClaimError> {
        right.release(writer, state)
    }

    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        right.write(write)
    }

    fn begin_batch<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        writer: Writer,
        at: Horizon,
    ) -> Answer<'a, u32, WriteError> {
        right.begin_batch(writer, at)
    }

    fn rows<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        (table, generation): (Table, Generation),
        select: Select,
    ) -> Answer<'a, Rows, ReadModelError> {
        right.rows(table, generation, select)
    }

    fn switch<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        id: ModelId,
        (beside, lost): (Checkpoint, Option<Horizon>),
    ) -> Answer<'a, Option<Checkpoint>, MaintainError> {
        right.switch(id, beside, lost)
    }

    fn progress<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        id: ModelId,
        generation: Generation,
    ) -> Answer<'a, Option<Progress>, ReadModelError> {
        right.progress(id, generation)
    }

    fn parked<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        (id, generation): (ModelId, Generation),
        select: SelectParked,
    ) -> Answer<'a, (Progress, Vec<Parked>), ReadModelError> {
        right.parked(id, generation, select)
    }
}

/// One store. What its handles share of the fault is shared by its clones.
pub(crate) struct FaultyModelsBed<F> {
    right: MemoryReadModels,
    fault: F,
}

impl<F> FaultyModelsBed<F> {
    pub(crate) fn new(fault: F) -> Self {
        let right = MemoryReadModels::new();
        Self { right, fault }
    }
}

impl<F: ModelsFault + Clone> TestBed for FaultyModelsBed<F> {
    type Models = FaultyModels<F>;

    async fn open(&self) -> FaultyModels<F> {
        FaultyModels {
            right: self.right.clone(),
            fault: self.fault.clone(),
        }
    }

    fn hold(&self, models: &FaultyModels<F>) -> Option<Hold> {
        let generation = models.fault.gate()?;
        let (hold, gate) = Hold::new();
        *generation.lock().unwrap() = Some(gate);
        Some(hold)
    }
}

/// Right read models of which claims and writes have one lock.
#[derive(Default)]
pub(crate) struct LockedModelsBed {
    right: MemoryReadModels,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl TestBed for LockedModelsBed {
    type Models = FaultyModels<Locked>;

    async fn open(&self) -> FaultyModels<Locked> {
        let fault = Locked {
            lock: Arc::clone(&self.lock),
            gate: Mutex::default(),
        };
        let right = self.right.clone();
        FaultyModels { right, fault }
    }

    fn hold(&self, models: &FaultyModels<Locked>) -> Option<Hold> {
        let (hold, gate) = Hold::new();
        *models.fault.gate.lock().unwrap() = Some(gate);
        Some(hold)
    }
}

/// No fault.
pub(crate) struct Locked {
    lock: Arc<tokio::sync::Mutex<()>>,
    gate: Mutex<Option<Gate>>,
}

impl ModelsFault for Locked {
    fn claim<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        claim: Claim,
    ) -> Answer<'a, ClaimOutcome, ClaimError> {
        Box::pin(async move {
            let _lock = self.lock.lock().await;
            right.claim(claim).await
        })
    }

    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            let _lock = self.lock.lock().await;
            let gate = self.gate.lock().unwrap().take();
            if let Some(gate) = gate {
                gate.pass().await;
            }
            right.write(write).await
        })
    }
}

pub(crate) struct FaultyModels<F> {
    right: MemoryReadModels,
    fault: F,
}

impl<F> FaultyModels<F> {
    pub(crate) fn new(right: MemoryReadModels, fault: F) -> Self {
        Self { right, fault }
    }
}

impl<F: ModelsFault> ReadModelStore for FaultyModels<F> {
    fn claim(&self, claim: Claim) -> Answer<'_, ClaimOutcome, ClaimError> {
        self.fault.claim(&self.right, claim)
    }

    fn heartbeat(&self, writer: Writer) -> Answer<'_, (), ClaimError> {
        self.fault.heartbeat(&self.right, writer)
    }

    fn release(&self, writer: Writer, state: RunState) -> Answer<'_, (), ClaimError> {
        self.fault.release(&self.right, writer, state)
    }

    fn write(&self, write: Write) -> Answer<'_, Checkpoint, WriteError> {
        self.fault.write(&self.right, write)
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> Answer<'_, u32, WriteError> {
        self.fault.begin_batch(&self.right, writer, at)
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> Answer<'_, Option<Checkpoint>, MaintainError> {
        self.fault.switch(&self.right, id, (beside, lost))
    }

    fn report(&self, writer: Writer, state: RunState) -> Answer<'_, (), WriteError> {
        self.right.report(writer, state)
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> Answer<'_, Option<Progress>, ReadModelError> {
        self.fault.progress(&self.right, id, generation)
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> Answer<'_, Rows, ReadModelError> {
        self.fault.rows(&self.right, (table, generation), select)
    }

    fn remove_older(&self, id: ModelId) -> Answer<'_, Vec<u32>, MaintainError> {
        self.right.remove_older(id)
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> Answer<'_, (Progress, Vec<Parked>), ReadModelError> {
        self.fault.parked(&self.right, (id, generation), select)
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> Answer<'_, Vec<Position>, ReadModelError> {
        self.right.waiting(id, generation, key, limit)
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> Answer<'_, u64, MaintainError> {
        self.right.unpark(id, key)
    }

    fn models(&self) -> Answer<'_, Vec<StoredModel>, ReadModelError> {
        self.right.models()
    }

    fn watch_models(&self) -> ModelWatch {
        self.right.watch_models()
    }
}
