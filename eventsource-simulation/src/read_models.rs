//! The read models of a simulated process.

use std::fmt;
use std::sync::Arc;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, ModelId, ModelKind,
    ModelNotifier, ModelWatch, Parked, Progress, Rows, RunState, Select, SelectParked, StoredModel,
    Table, Write, WriteError, Writer,
};
use eventsource_core::store::{BoxFuture, StoreError};
use eventsource_core::{Horizon, Key, MemoryReadModels, Position, ReadModelError, ReadModelStore};

use crate::caller::Caller;
use crate::disk::{RowChange, WriteCopy, at_once};
use crate::draw::hash_text;
use crate::flaw::Flaw;

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// A handle of the simulated store of read models, as one process has it. It keeps every contract of a
/// [`ReadModelStore`], on a volume that a power cut takes back to an earlier write. Cheap to clone. See
/// [`Process::read_models`](crate::Process::read_models).
///
/// [Example](crate#example).
#[derive(Clone)]
pub struct SimulatedReadModels {
    caller: Caller,
    changes: Arc<ModelNotifier>,
}

impl SimulatedReadModels {
    pub(crate) fn new(caller: Caller) -> Self {
        Self {
            caller,
            changes: Arc::default(),
        }
    }

    /// Asks the volume.
    async fn ask<T>(
        &self,
        call: &'static str,
        of: &str,
        ask: impl FnOnce(&MemoryReadModels) -> Result<T, ReadModelError>,
    ) -> Result<T, ReadModelError> {
        self.caller.arrive(call, hash_text(of)).await?;
        let answer = ask(&self.caller.world.rows.content());
        self.caller.travel(call).await;
        answer
    }

    /// Changes the volume, and shows what came of it before the process knows.
    async fn change<T, E: From<StoreError>>(
        &self,
        call: &'static str,
        of: &str,
        change: RowChange,
        run: impl FnOnce(&MemoryReadModels) -> Result<T, E>,
        show: impl FnOnce(&Self, &Result<T, E>),
    ) -> Result<T, E> {
        self.caller.arrive(call, hash_text(of)).await?;
        let Caller { world, process } = &self.caller;
        let answer = world.rows.change(world.events.commits(), change, run);
        if world.draw(*process, "sync rows").is_one_in(4) {
            world.rows.sync();
        }
        show(self, &answer);
        self.changes.notify();
        self.caller.come_back(call).await?;
        answer
    }

    fn is_flawed(&self, flaw: Flaw, one_in: u64) -> bool {
        let Caller { world, process } = &self.caller;
        world.is_flawed(flaw, *process, one_in)
    }

    /// The progress of a model now.
    fn now(&self, id: &ModelId, generation: Generation) -> Option<Progress> {
        let content = self.caller.world.rows.content();
        at_once(content.progress(id.clone(), generation)).ok()?
    }

    /// The claim itself, unless the store has the flaw to grant what another one holds.
    fn stealing(&self, mut claim: Claim) -> Claim {
        if claim.seen.is_none() && self.is_flawed(Flaw::StolenLease, 1) {
            let progress = self.now(&claim.model.id, claim.generation);
            claim.seen = progress.and_then(|progress| progress.lease);
        }
        claim
    }

    /// The write itself, unless the store has a flaw.
    fn altered(&self, mut write: Write) -> Write {
        if !write.rows.is_empty() && self.is_flawed(Flaw::LostRow, 20) {
            write.rows.pop();
        }
        let now = self.now(&write.model.id, write.generation);
        if let Some(now) = now
            && now.checkpoint.epoch > write.from.epoch
            && self.is_flawed(Flaw::OldEpoch, 1)
        {
            write.from = now.checkpoint;
        }
        if write.model.id.kind == ModelKind::Reactor && self.is_flawed(Flaw::SkippedDelivery, 1) {
            write.to = self.caller.world.events.end(0);
        }
        write
    }
}

impl ReadModelStore for SimulatedReadModels {
    fn claim(&self, claim: Claim) -> Answer<'_, ClaimOutcome, ClaimError> {
        Box::pin(async move {
            let claim = self.stealing(claim);
            let (change, name) = (
                RowChange::Claim(claim.clone()),
                claim.model.id.name.to_string(),
            );
            let run = |models: &MemoryReadModels| at_once(models.claim(claim.clone()));
            let show = |it: &Self, answer: &Result<ClaimOutcome, ClaimError>| {
                it.caller.show_claim(&claim, answer);
            };
            self.change("claim", &name, change, run, show).await
        })
    }

    fn heartbeat(&self, writer: Writer) -> Answer<'_, (), ClaimError> {
        Box::pin(async move {
            let of = hash_text(&writer.id.name);
            self.caller.arrive("beat", of).await?;
            let world = &self.caller.world;
            let change = RowChange::Beat(writer.clone());
            let answer = world.rows.change(world.events.commits(), change, |models| {
                at_once(models.heartbeat(writer))
            });
            self.caller.travel("beat").await;
            answer
        })
    }

    fn release(&self, writer: Writer, state: RunState) -> Answer<'_, (), ClaimError> {
        Box::pin(async move {
            let change = RowChange::Release(writer.clone(), state.clone());
            let run = |models: &MemoryReadModels| at_once(models.release(writer.clone(), state));
            let show = |it: &Self, _: &Result<(), ClaimError>| it.caller.show_release(&writer);
            self.change("release", &writer.id.name, change, run, show)
                .await
        })
    }

    fn write(&self, write: Write) -> Answer<'_, Checkpoint, WriteError> {
        Box::pin(async move {
            let (epoch, from) = (write.from.epoch, write.from.at);
            let write = if write.also.is_none() {
                self.altered(write)
            } else {
                write
            };
            let writer = Writer::new(write.model.id.clone(), write.generation, epoch);
            let (to, parked) = (write.to, write.parking.len());
            let change = RowChange::Write(WriteCopy::of(&write));
            let run = |models: &MemoryReadModels| at_once(models.write(write));
            let show = |it: &Self, answer: &Result<Checkpoint, WriteError>| {
                it.caller.show_write(&writer, (from, to, parked), answer);
            };
            self.change("write", &writer.id.name, change, run, show)
                .await
        })
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> Answer<'_, u32, WriteError> {
        Box::pin(async move {
            let change = RowChange::BeginBatch(writer.clone(), at);
            let run = |models: &MemoryReadModels| at_once(models.begin_batch(writer.clone(), at));
            let attempt = self
                .change("begin batch", &writer.id.name, change, run, |_, _| {})
                .await?;
            let is_flawed = self.is_flawed(Flaw::FirstAttempts, 1);
            Ok(if is_flawed { 1 } else { attempt })
        })
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> Answer<'_, Option<Checkpoint>, MaintainError> {
        Box::pin(async move {
            let change = RowChange::Switch(id.clone(), beside, lost);
            let run = |models: &MemoryReadModels| at_once(models.switch(id.clone(), beside, lost));
            let show = |it: &Self, answer: &Result<Option<Checkpoint>, MaintainError>| {
                it.caller.show_switch(&id, answer);
            };
            self.change("switch", &id.name, change, run, show).await
        })
    }

    fn report(&self, writer: Writer, state: RunState) -> Answer<'_, (), WriteError> {
        Box::pin(async move {
            let change = RowChange::Report(writer.clone(), state.clone());
            let run = |models: &MemoryReadModels| at_once(models.report(writer.clone(), state));
            self.change("report", &writer.id.name, change, run, |_, _| {})
                .await
        })
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> Answer<'_, Option<Progress>, ReadModelError> {
        Box::pin(async move {
            let name = id.name.clone();
            let ask = |models: &MemoryReadModels| at_once(models.progress(id, generation));
            self.ask("progress of", &name, ask).await
        })
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> Answer<'_, Rows, ReadModelError> {
        Box::pin(async move {
            let (call, name) = (rows_call(&select), table.name.clone());
            let ask = |models: &MemoryReadModels| at_once(models.rows(table, generation, select));
            self.ask(call, &name, ask).await
        })
    }

    fn remove_older(&self, id: ModelId) -> Answer<'_, Vec<u32>, MaintainError> {
        Box::pin(async move {
            let change = RowChange::RemoveOlder(id.clone());
            let run = |models: &MemoryReadModels| at_once(models.remove_older(id.clone()));
            self.change("remove older", &id.name, change, run, |_, _| {})
                .await
        })
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> Answer<'_, (Progress, Vec<Parked>), ReadModelError> {
        Box::pin(async move {
            let name = id.name.clone();
            let ask = |models: &MemoryReadModels| at_once(models.parked(id, generation, select));
            let (mut progress, parked) = self.ask("parked", &name, ask).await?;
            if self.is_flawed(Flaw::EarlyProgress, 1) {
                progress.checkpoint.at = self.caller.world.events.end(0);
            }
            Ok((progress, parked))
        })
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> Answer<'_, Vec<Position>, ReadModelError> {
        Box::pin(async move {
            let name = id.name.clone();
            let ask =
                |models: &MemoryReadModels| at_once(models.waiting(id, generation, key, limit));
            self.ask("waiting", &name, ask).await
        })
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> Answer<'_, u64, MaintainError> {
        Box::pin(async move {
            let change = RowChange::Unpark(id.clone(), key.clone());
            let run = |models: &MemoryReadModels| at_once(models.unpark(id.clone(), key.clone()));
            self.change("unpark", &id.name, change, run, |_, _| {})
                .await
        })
    }

    fn models(&self) -> Answer<'_, Vec<StoredModel>, ReadModelError> {
        Box::pin(self.ask("models", "", |models| at_once(models.models())))
    }

    fn watch_models(&self) -> ModelWatch {
        self.changes.watch()
    }
}

/// The call by which rows are asked for. Rows by keys and pages of rows are calls of their own, as they
/// were when runs were kept: the draws of a call depend on its name.
pub(crate) fn rows_call(select: &Select) -> &'static str {
    match select {
        Select::Keys(_) => "rows",
        Select::After { .. } | Select::Count => "read rows",
    }
}

impl fmt::Debug for SimulatedReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedReadModels")
            .field("process", &self.caller.process.index)
            .finish_non_exhaustive()
    }
}
