//! The read models of a simulated process.

use std::fmt;
use std::sync::Arc;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, Model, ModelKind, Parked, Progress, Rows,
    RunState, Select, SelectParked, StoredModel, Table, Write,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Horizon, Key, MemoryReadModels, Position, ReadModelError, ReadModelStore};
use tokio::sync::watch;

use crate::caller::Caller;
use crate::disk::{RowChange, WriteCopy, at_once};
use crate::draw::hash_text;
use crate::flaw::Flaw;

type Answer<'a, T> = BoxFuture<'a, Result<T, ReadModelError>>;

/// A handle of the simulated store of read models, as one process has it. It keeps every contract of a
/// [`ReadModelStore`], on a volume that a power cut takes back to an earlier write. Cheap to clone. See
/// [`Process::read_models`](crate::Process::read_models).
#[derive(Clone)]
pub struct SimulatedReadModels {
    caller: Caller,
    moved: Arc<watch::Sender<()>>,
}

impl SimulatedReadModels {
    pub(crate) fn new(caller: Caller) -> Self {
        Self {
            caller,
            moved: Arc::default(),
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
    async fn change<T>(
        &self,
        call: &'static str,
        of: &str,
        change: RowChange,
        run: impl FnOnce(&MemoryReadModels) -> Result<T, ReadModelError>,
        show: impl FnOnce(&Self, &Result<T, ReadModelError>),
    ) -> Result<T, ReadModelError> {
        self.caller.arrive(call, hash_text(of)).await?;
        let Caller { world, process } = &self.caller;
        let answer = world.rows.change(world.events.commits(), change, run);
        if world.draw(*process, "sync rows").is_one_in(4) {
            world.rows.sync();
        }
        show(self, &answer);
        self.moved.send_replace(());
        self.caller.come_back(call).await?;
        answer
    }

    fn is_flawed(&self, flaw: Flaw, one_in: u64) -> bool {
        let Caller { world, process } = &self.caller;
        world.is_flawed(flaw, *process, one_in)
    }

    /// The progress of a model now.
    fn now(&self, model: &Model, generation: Generation) -> Option<Progress> {
        let content = self.caller.world.rows.content();
        at_once(content.progress_of(model.clone(), generation)).ok()?
    }

    /// The claim itself, unless the store has the flaw to grant what another one holds.
    fn stealing(&self, mut claim: Claim) -> Claim {
        if claim.seen.is_none() && self.is_flawed(Flaw::StolenLease, 1) {
            let progress = self.now(&claim.model, claim.generation);
            claim.seen = progress.and_then(|progress| progress.lease);
        }
        claim
    }

    /// The write itself, unless the store has a flaw.
    fn altered(&self, mut write: Write) -> Write {
        if !write.rows.is_empty() && self.is_flawed(Flaw::LostRow, 20) {
            write.rows.pop();
        }
        let now = self.now(&write.model, write.generation);
        if let Some(now) = now
            && now.checkpoint.epoch > write.from.epoch
            && self.is_flawed(Flaw::OldEpoch, 1)
        {
            write.from = now.checkpoint;
        }
        if write.model.kind() == ModelKind::Reactor && self.is_flawed(Flaw::SkippedDelivery, 1) {
            write.to = self.caller.world.events.end(0);
        }
        write
    }
}

impl ReadModelStore for SimulatedReadModels {
    fn claim(&self, claim: Claim) -> Answer<'_, ClaimOutcome> {
        Box::pin(async move {
            let claim = self.stealing(claim);
            let (change, name) = (
                RowChange::Claim(claim.clone()),
                claim.model.name.to_string(),
            );
            let run = |models: &MemoryReadModels| at_once(models.claim(claim.clone()));
            let show = |it: &Self, answer: &Result<ClaimOutcome, ReadModelError>| {
                it.caller.show_claim(&claim, answer);
            };
            self.change("claim", &name, change, run, show).await
        })
    }

    fn heartbeat(&self, model: Model, generation: Generation, epoch: u64) -> Answer<'_, ()> {
        Box::pin(async move {
            self.caller.arrive("beat", hash_text(&model.name)).await?;
            let world = &self.caller.world;
            let change = RowChange::Beat(model.clone(), generation, epoch);
            let answer = world.rows.change(world.events.commits(), change, |models| {
                at_once(models.heartbeat(model.clone(), generation, epoch))
            });
            self.caller.travel("beat").await;
            answer
        })
    }

    fn release(
        &self,
        model: Model,
        generation: Generation,
        epoch: u64,
        state: RunState,
    ) -> Answer<'_, ()> {
        Box::pin(async move {
            let change = RowChange::Release(model.clone(), generation, epoch, state.clone());
            let run = |models: &MemoryReadModels| {
                at_once(models.release(model.clone(), generation, epoch, state.clone()))
            };
            let show = |it: &Self, _: &Result<(), ReadModelError>| {
                it.caller.show_release(&model, generation, epoch);
            };
            self.change("release", &model.name, change, run, show).await
        })
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        keys: Vec<Key>,
    ) -> Answer<'_, Vec<Option<Arc<str>>>> {
        Box::pin(async move {
            let name = table.name.clone();
            let ask = |models: &MemoryReadModels| at_once(models.rows(table, generation, keys));
            self.ask("rows", &name, ask).await
        })
    }

    fn write(&self, write: Write) -> Answer<'_, Checkpoint> {
        Box::pin(async move {
            let (epoch, from) = (write.from.epoch, write.from.at);
            let write = if write.also.is_none() {
                self.altered(write)
            } else {
                write
            };
            let (model, generation, to) = (write.model.clone(), write.generation, write.to);
            let parked = write.parking.len();
            let change = RowChange::Write(WriteCopy::of(&write));
            let run = |models: &MemoryReadModels| at_once(models.write(write));
            let show = |it: &Self, answer: &Result<Checkpoint, ReadModelError>| {
                it.caller
                    .show_write((&model, generation), epoch, (from, to, parked), answer);
            };
            self.change("write", &model.name, change, run, show).await
        })
    }

    fn begin_batch(&self, model: Model, generation: Generation, at: Checkpoint) -> Answer<'_, u32> {
        Box::pin(async move {
            let change = RowChange::BeginBatch(model.clone(), generation, at);
            let run = |models: &MemoryReadModels| {
                at_once(models.begin_batch(model.clone(), generation, at))
            };
            let attempt = self
                .change("begin batch", &model.name, change, run, |_, _| {})
                .await?;
            let is_flawed = self.is_flawed(Flaw::FirstAttempts, 1);
            Ok(if is_flawed { 1 } else { attempt })
        })
    }

    fn switch(
        &self,
        model: Model,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> Answer<'_, Option<Checkpoint>> {
        Box::pin(async move {
            let change = RowChange::Switch(model.clone(), beside, lost);
            let run =
                |models: &MemoryReadModels| at_once(models.switch(model.clone(), beside, lost));
            let show = |it: &Self, answer: &Result<Option<Checkpoint>, ReadModelError>| {
                it.caller.show_switch(&model, answer);
            };
            self.change("switch", &model.name, change, run, show).await
        })
    }

    fn report(
        &self,
        model: Model,
        generation: Generation,
        epoch: u64,
        state: RunState,
    ) -> Answer<'_, ()> {
        Box::pin(async move {
            let change = RowChange::Report(model.clone(), generation, epoch, state.clone());
            let run = |models: &MemoryReadModels| {
                at_once(models.report(model.clone(), generation, epoch, state.clone()))
            };
            self.change("report", &model.name, change, run, |_, _| {})
                .await
        })
    }

    fn progress(&self, table: Table, generation: Generation) -> Answer<'_, Option<Progress>> {
        Box::pin(async move {
            let name = table.name.clone();
            let ask = |models: &MemoryReadModels| at_once(models.progress(table, generation));
            self.ask("progress", &name, ask).await
        })
    }

    fn progress_of(&self, model: Model, generation: Generation) -> Answer<'_, Option<Progress>> {
        Box::pin(async move {
            let name = model.name.clone();
            let ask = |models: &MemoryReadModels| at_once(models.progress_of(model, generation));
            self.ask("progress of", &name, ask).await
        })
    }

    fn read_rows(&self, table: Table, select: Select) -> Answer<'_, Rows> {
        Box::pin(async move {
            let name = table.name.clone();
            let ask = |models: &MemoryReadModels| at_once(models.read_rows(table, select));
            self.ask("read rows", &name, ask).await
        })
    }

    fn remove_older(&self, model: Model) -> Answer<'_, Vec<u32>> {
        Box::pin(async move {
            let change = RowChange::RemoveOlder(model.clone());
            let run = |models: &MemoryReadModels| at_once(models.remove_older(model.clone()));
            self.change("remove older", &model.name, change, run, |_, _| {})
                .await
        })
    }

    fn parked(
        &self,
        table: Table,
        generation: Generation,
        select: SelectParked,
    ) -> Answer<'_, (Progress, Vec<Parked>)> {
        Box::pin(async move {
            let name = table.name.clone();
            let ask = |models: &MemoryReadModels| at_once(models.parked(table, generation, select));
            let (mut progress, parked) = self.ask("parked", &name, ask).await?;
            if self.is_flawed(Flaw::EarlyProgress, 1) {
                progress.checkpoint.at = self.caller.world.events.end(0);
            }
            Ok((progress, parked))
        })
    }

    fn waiting(
        &self,
        table: Table,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> Answer<'_, Vec<Position>> {
        Box::pin(async move {
            let name = table.name.clone();
            let ask =
                |models: &MemoryReadModels| at_once(models.waiting(table, generation, key, limit));
            self.ask("waiting", &name, ask).await
        })
    }

    fn unpark(&self, table: Table, key: Option<Key>) -> Answer<'_, u64> {
        Box::pin(async move {
            let change = RowChange::Unpark(table.clone(), key.clone());
            let run =
                |models: &MemoryReadModels| at_once(models.unpark(table.clone(), key.clone()));
            self.change("unpark", &table.name, change, run, |_, _| {})
                .await
        })
    }

    fn models(&self) -> Answer<'_, Vec<StoredModel>> {
        Box::pin(self.ask("models", "", |models| at_once(models.models())))
    }

    fn watch_models(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }
}

impl fmt::Debug for SimulatedReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedReadModels")
            .field("process", &self.caller.process.index)
            .finish_non_exhaustive()
    }
}
