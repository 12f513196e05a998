//! A real store of read models in a simulated process.

use std::sync::Arc;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, Model, Parked, Progress, Rows, RunState, Select,
    SelectParked, StoredModel, Table, Write,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Horizon, Key, Position, ReadModelError, ReadModelStore};
use tokio::sync::watch;

use super::ExternalStore;
use crate::caller::Caller;
use crate::draw::hash_text;
use crate::flaw::Flaw;

type Answer<'a, T> = BoxFuture<'a, Result<T, ReadModelError>>;

impl<S: ReadModelStore + Clone> ExternalStore<S> {
    /// Asks the store.
    async fn ask<'a, T>(
        &'a self,
        call: &'static str,
        of: u64,
        ask: impl FnOnce(&'a S) -> Answer<'a, T>,
    ) -> Result<T, ReadModelError> {
        self.caller.arrive(call, of).await?;
        let answer = ask(&self.store).await;
        self.caller.travel(call).await;
        answer
    }

    /// Changes the store.
    async fn change<T: Send + 'static, F>(
        &self,
        call: &'static str,
        of: u64,
        change: impl FnOnce(S) -> F + Send + 'static,
        show: impl FnOnce(&Caller, &Result<T, ReadModelError>) + Send + 'static,
    ) -> Result<T, ReadModelError>
    where
        F: Future<Output = Result<T, ReadModelError>> + Send + 'static,
    {
        self.caller.arrive(call, of).await?;
        let answer = self.call(change, show).await;
        self.caller.travel(call).await;
        answer
    }

    /// The write itself, unless the store has a flaw.
    fn altered_write(&self, mut write: Write) -> Write {
        if !write.rows.is_empty() && self.is_flawed(Flaw::LostRow, 20) {
            write.rows.pop();
        }
        write
    }
}

impl<S: ReadModelStore + Clone> ReadModelStore for ExternalStore<S> {
    fn claim(&self, claim: Claim) -> Answer<'_, ClaimOutcome> {
        Box::pin(async move {
            let (of, shown) = (hash_text(&claim.model.name), claim.clone());
            let change = move |store: S| async move { store.claim(claim).await };
            let show = move |caller: &Caller, answer: &Result<ClaimOutcome, ReadModelError>| {
                caller.show_claim(&shown, answer);
            };
            self.change("claim", of, change, show).await
        })
    }

    fn heartbeat(&self, model: Model, generation: Generation, epoch: u64) -> Answer<'_, ()> {
        let of = hash_text(&model.name);
        let change = move |store: S| async move { store.heartbeat(model, generation, epoch).await };
        Box::pin(self.change("beat", of, change, |_, _| {}))
    }

    fn release(
        &self,
        model: Model,
        generation: Generation,
        epoch: u64,
        state: RunState,
    ) -> Answer<'_, ()> {
        let (of, shown) = (hash_text(&model.name), model.clone());
        let change =
            move |store: S| async move { store.release(model, generation, epoch, state).await };
        let show = move |caller: &Caller, answer: &Result<(), ReadModelError>| {
            if answer.is_ok() {
                caller.show_release(&shown, generation, epoch);
            }
        };
        Box::pin(self.change("release", of, change, show))
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        keys: Vec<Key>,
    ) -> Answer<'_, Vec<Option<Arc<str>>>> {
        let of = hash_text(&table.name);
        Box::pin(self.ask("rows", of, move |store| store.rows(table, generation, keys)))
    }

    fn write(&self, write: Write) -> Answer<'_, Checkpoint> {
        Box::pin(async move {
            let write = self.altered_write(write);
            let (of, model, generation) = (
                hash_text(&write.model.name),
                write.model.clone(),
                write.generation,
            );
            let (epoch, from) = (write.from.epoch, write.from.at);
            let (to, parked) = (write.to, write.parking.len());
            let change = move |store: S| async move { store.write(write).await };
            let show = move |caller: &Caller, answer: &Result<Checkpoint, ReadModelError>| {
                caller.show_write((&model, generation), epoch, (from, to, parked), answer);
            };
            self.change("write", of, change, show).await
        })
    }

    fn begin_batch(&self, model: Model, generation: Generation, at: Checkpoint) -> Answer<'_, u32> {
        let of = hash_text(&model.name);
        let change = move |store: S| async move { store.begin_batch(model, generation, at).await };
        Box::pin(self.change("begin batch", of, change, |_, _| {}))
    }

    fn switch(
        &self,
        model: Model,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> Answer<'_, Option<Checkpoint>> {
        let (of, shown) = (hash_text(&model.name), model.clone());
        let change = move |store: S| async move { store.switch(model, beside, lost).await };
        let show = move |caller: &Caller, answer: &Result<Option<Checkpoint>, ReadModelError>| {
            caller.show_switch(&shown, answer);
        };
        Box::pin(self.change("switch", of, change, show))
    }

    fn report(
        &self,
        model: Model,
        generation: Generation,
        epoch: u64,
        state: RunState,
    ) -> Answer<'_, ()> {
        let of = hash_text(&model.name);
        let change =
            move |store: S| async move { store.report(model, generation, epoch, state).await };
        Box::pin(self.change("report", of, change, |_, _| {}))
    }

    fn progress(&self, table: Table, generation: Generation) -> Answer<'_, Option<Progress>> {
        let of = hash_text(&table.name);
        Box::pin(self.ask("progress", of, move |store| {
            store.progress(table, generation)
        }))
    }

    fn progress_of(&self, model: Model, generation: Generation) -> Answer<'_, Option<Progress>> {
        let of = hash_text(&model.name);
        Box::pin(self.ask("progress of", of, move |store| {
            store.progress_of(model, generation)
        }))
    }

    fn read_rows(&self, table: Table, select: Select) -> Answer<'_, Rows> {
        let of = hash_text(&table.name);
        Box::pin(self.ask("read rows", of, move |store| store.read_rows(table, select)))
    }

    fn remove_older(&self, model: Model) -> Answer<'_, Vec<u32>> {
        let of = hash_text(&model.name);
        let change = move |store: S| async move { store.remove_older(model).await };
        Box::pin(self.change("remove older", of, change, |_, _| {}))
    }

    fn parked(
        &self,
        table: Table,
        generation: Generation,
        select: SelectParked,
    ) -> Answer<'_, (Progress, Vec<Parked>)> {
        let of = hash_text(&table.name);
        Box::pin(self.ask("parked", of, move |store| {
            store.parked(table, generation, select)
        }))
    }

    fn waiting(
        &self,
        table: Table,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> Answer<'_, Vec<Position>> {
        let of = hash_text(&table.name);
        Box::pin(self.ask("waiting", of, move |store| {
            store.waiting(table, generation, key, limit)
        }))
    }

    fn unpark(&self, table: Table, key: Option<Key>) -> Answer<'_, u64> {
        let of = hash_text(&table.name);
        let change = move |store: S| async move { store.unpark(table, key).await };
        Box::pin(self.change("unpark", of, change, |_, _| {}))
    }

    fn models(&self) -> Answer<'_, Vec<StoredModel>> {
        Box::pin(self.ask("models", 0, |store| store.models()))
    }

    fn watch_models(&self) -> watch::Receiver<()> {
        self.store.watch_models()
    }
}
