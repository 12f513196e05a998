//! A real store of read models in a simulated process.

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, ModelId, ModelWatch,
    Parked, Progress, Rows, RunState, Select, SelectParked, StoredModel, Table, Write, WriteError,
    Writer,
};
use eventsource_core::store::{BoxFuture, StoreError};
use eventsource_core::{Horizon, Key, Position, ReadModelError, ReadModelStore};

use super::ExternalStore;
use crate::caller::Caller;
use crate::draw::hash_text;
use crate::flaw::Flaw;
use crate::read_models::rows_call;

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

impl<S: ReadModelStore + Clone> ExternalStore<S> {
    /// Asks the store.
    async fn ask<'a, T>(
        &'a self,
        call: &'static str,
        of: u64,
        ask: impl FnOnce(&'a S) -> Answer<'a, T, ReadModelError>,
    ) -> Result<T, ReadModelError> {
        self.caller.arrive(call, of).await?;
        let answer = ask(&self.store).await;
        self.caller.travel(call).await;
        answer
    }

    /// Changes the store.
    async fn change<T: Send + 'static, E: From<StoreError> + Send + 'static, F>(
        &self,
        call: &'static str,
        of: u64,
        change: impl FnOnce(S) -> F + Send + 'static,
        show: impl FnOnce(&Caller, &Result<T, E>) + Send + 'static,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
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
    fn claim(&self, claim: Claim) -> Answer<'_, ClaimOutcome, ClaimError> {
        Box::pin(async move {
            let (of, shown) = (hash_text(&claim.model.id.name), claim.clone());
            let change = move |store: S| async move { store.claim(claim).await };
            let show = move |caller: &Caller, answer: &Result<ClaimOutcome, ClaimError>| {
                caller.show_claim(&shown, answer);
            };
            self.change("claim", of, change, show).await
        })
    }

    fn heartbeat(&self, writer: Writer) -> Answer<'_, (), ClaimError> {
        let of = hash_text(&writer.id.name);
        let change = move |store: S| async move { store.heartbeat(writer).await };
        Box::pin(self.change("beat", of, change, |_, _| {}))
    }

    fn release(&self, writer: Writer, state: RunState) -> Answer<'_, (), ClaimError> {
        let (of, shown) = (hash_text(&writer.id.name), writer.clone());
        let change = move |store: S| async move { store.release(writer, state).await };
        let show = move |caller: &Caller, answer: &Result<(), ClaimError>| {
            if answer.is_ok() {
                caller.show_release(&shown);
            }
        };
        Box::pin(self.change("release", of, change, show))
    }

    fn write(&self, write: Write) -> Answer<'_, Checkpoint, WriteError> {
        Box::pin(async move {
            let write = self.altered_write(write);
            let id = write.model.id.clone();
            let of = hash_text(&id.name);
            let writer = Writer::new(id, write.generation, write.from.epoch);
            let (from, to, parked) = (write.from.at, write.to, write.parking.len());
            let change = move |store: S| async move { store.write(write).await };
            let show = move |caller: &Caller, answer: &Result<Checkpoint, WriteError>| {
                caller.show_write(&writer, (from, to, parked), answer);
            };
            self.change("write", of, change, show).await
        })
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> Answer<'_, u32, WriteError> {
        let of = hash_text(&writer.id.name);
        let change = move |store: S| async move { store.begin_batch(writer, at).await };
        Box::pin(self.change("begin batch", of, change, |_, _| {}))
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> Answer<'_, Option<Checkpoint>, MaintainError> {
        let (of, shown) = (hash_text(&id.name), id.clone());
        let change = move |store: S| async move { store.switch(id, beside, lost).await };
        let show = move |caller: &Caller, answer: &Result<Option<Checkpoint>, MaintainError>| {
            caller.show_switch(&shown, answer);
        };
        Box::pin(self.change("switch", of, change, show))
    }

    fn report(&self, writer: Writer, state: RunState) -> Answer<'_, (), WriteError> {
        let of = hash_text(&writer.id.name);
        let change = move |store: S| async move { store.report(writer, state).await };
        Box::pin(self.change("report", of, change, |_, _| {}))
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> Answer<'_, Option<Progress>, ReadModelError> {
        let of = hash_text(&id.name);
        Box::pin(self.ask("progress of", of, move |store| {
            store.progress(id, generation)
        }))
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> Answer<'_, Rows, ReadModelError> {
        let (call, of) = (rows_call(&select), hash_text(&table.name));
        Box::pin(self.ask(call, of, move |store| store.rows(table, generation, select)))
    }

    fn remove_older(&self, id: ModelId) -> Answer<'_, Vec<u32>, MaintainError> {
        let of = hash_text(&id.name);
        let change = move |store: S| async move { store.remove_older(id).await };
        Box::pin(self.change("remove older", of, change, |_, _| {}))
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> Answer<'_, (Progress, Vec<Parked>), ReadModelError> {
        let of = hash_text(&id.name);
        Box::pin(self.ask("parked", of, move |store| {
            store.parked(id, generation, select)
        }))
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> Answer<'_, Vec<Position>, ReadModelError> {
        let of = hash_text(&id.name);
        Box::pin(self.ask("waiting", of, move |store| {
            store.waiting(id, generation, key, limit)
        }))
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> Answer<'_, u64, MaintainError> {
        let of = hash_text(&id.name);
        let change = move |store: S| async move { store.unpark(id, key).await };
        Box::pin(self.change("unpark", of, change, |_, _| {}))
    }

    fn models(&self) -> Answer<'_, Vec<StoredModel>, ReadModelError> {
        Box::pin(self.ask("models", 0, |store| store.models()))
    }

    fn watch_models(&self) -> ModelWatch {
        self.store.watch_models()
    }
}
