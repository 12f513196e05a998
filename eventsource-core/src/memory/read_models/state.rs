//! The entries of the models, their rows and their parked keys.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::parked::ParkedKeys;
use crate::engine::models::{ModelCatalog, ModelChange, ModelDecision, ModelEntry};
use crate::projection::Key;
use crate::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, MaintainError, ModelId, ModelNotFound,
    Parked, Progress, ReadModelError, Rows, RunState, Select, SelectParked, StoredModel, Table,
    Write, WriteError, Writer,
};
use crate::store::Horizon;
use crate::values::Position;

#[derive(Default)]
pub(super) struct State {
    entries: Vec<ModelEntry>,
    /// By the number of the entry.
    contents: HashMap<u64, Contents>,
}

#[derive(Default)]
struct Contents {
    /// In the order of the tables of the entry.
    rows: Vec<BTreeMap<Key, Arc<str>>>,
    parked: ParkedKeys,
}

impl State {
    fn catalog(&self) -> ModelCatalog<'_> {
        ModelCatalog::new(&self.entries)
    }

    pub(super) fn claim(&mut self, claim: &Claim) -> Result<ClaimOutcome, ClaimError> {
        claim.model.check()?;
        let decision = self.catalog().claim(claim)?;
        Ok(self.apply(decision))
    }

    pub(super) fn write(&mut self, write: Write) -> Result<Checkpoint, WriteError> {
        if write.also.is_some() {
            let message = "handlers with tables of their own run on the store that made them";
            return Err(WriteError::unsupported(message));
        }
        write.check()?;
        let most = self.catalog().parked_in_serving(&write.model.id);
        let (entry, contents) = self.find(&write.model.id, write.generation)?;
        entry.check_write(&write.model, write.from)?;
        for change in write.rows {
            let rows = &mut contents.rows[change.table];
            match change.row {
                Some(row) => drop(rows.insert(change.key, row)),
                None => drop(rows.remove(&change.key)),
            }
        }
        for parking in write.parking {
            contents.parked.apply(parking);
        }
        entry.progress.parked = contents.parked.len();
        entry.advance(write.to);
        if write.serving {
            entry.serve(most);
        }
        Ok(entry.progress.checkpoint)
    }

    pub(super) fn begin_batch(&mut self, writer: &Writer, at: Horizon) -> Result<u32, WriteError> {
        let at = Checkpoint::new(at, writer.epoch);
        self.writing(writer)?.begin_batch(at)
    }

    pub(super) fn switch(
        &mut self,
        id: &ModelId,
        at: Checkpoint,
        lost: Option<Horizon>,
    ) -> Result<Option<Checkpoint>, MaintainError> {
        let decision = self.catalog().switch(id, at, lost)?;
        Ok(self.apply(decision))
    }

    pub(super) fn remove_older(&mut self, id: &ModelId) -> Result<Vec<u32>, MaintainError> {
        let decision = self.catalog().remove_older(id)?;
        Ok(self.apply(decision))
    }

    pub(super) fn heartbeat(&mut self, writer: &Writer) -> Result<(), ClaimError> {
        self.writing(writer)?.heartbeat(writer.epoch)
    }

    pub(super) fn release(&mut self, writer: &Writer, state: RunState) {
        if let Ok(entry) = self.writing(writer) {
            entry.release(writer.epoch, state);
        }
    }

    pub(super) fn report(&mut self, writer: &Writer, state: RunState) {
        if let Ok(entry) = self.writing(writer) {
            entry.report(writer.epoch, state);
        }
    }

    /// The entry that the writer names, whether its claim is the newest one or not.
    fn writing(&mut self, writer: &Writer) -> Result<&mut ModelEntry, ModelNotFound> {
        Ok(self.find(&writer.id, writer.generation)?.0)
    }

    fn apply<T>(&mut self, decision: ModelDecision<T>) -> T {
        for change in decision.changes {
            match change {
                ModelChange::Create(entry) => self.create(entry),
                ModelChange::Update(entry) | ModelChange::Serve(entry) => self.update(entry),
                ModelChange::Remove(entry) => self.remove(entry.number),
                ModelChange::Replace { old, new } => {
                    self.remove(old.number);
                    self.update(*new);
                }
            }
        }
        decision.answer
    }

    fn create(&mut self, entry: ModelEntry) {
        let contents = self.contents.entry(entry.number).or_default();
        contents.rows.resize(entry.tables.len(), BTreeMap::new());
        self.entries.push(entry);
    }

    fn update(&mut self, entry: ModelEntry) {
        let mut entries = self.entries.iter_mut();
        if let Some(known) = entries.find(|it| it.number == entry.number) {
            *known = entry;
        }
    }

    fn remove(&mut self, number: u64) {
        self.entries.retain(|entry| entry.number != number);
        self.contents.remove(&number);
    }

    fn find(
        &mut self,
        id: &ModelId,
        generation: Generation,
    ) -> Result<(&mut ModelEntry, &mut Contents), ModelNotFound> {
        let mut entries = self.entries.iter_mut();
        let found = entries.find(|entry| entry.id == *id && entry.generation == generation);
        let found = found.and_then(|entry| {
            let contents = self.contents.get_mut(&entry.number)?;
            Some((entry, contents))
        });
        found.ok_or_else(|| ModelNotFound::new(id))
    }

    fn owner(
        &self,
        id: &ModelId,
        generation: Generation,
    ) -> Result<(&ModelEntry, &Contents), ModelNotFound> {
        let entry = self.catalog().owner(id, generation)?;
        Ok((entry, &self.contents[&entry.number]))
    }

    pub(super) fn progress(&self, id: &ModelId, generation: Generation) -> Option<Progress> {
        let (entry, _) = self.owner(id, generation).ok()?;
        Some(entry.progress.clone())
    }

    pub(super) fn parked(
        &self,
        id: &ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> Result<(Progress, Vec<Parked>), ReadModelError> {
        let (entry, contents) = self.owner(id, generation)?;
        Ok((entry.progress.clone(), contents.parked.select(select)))
    }

    pub(super) fn waiting(
        &self,
        id: &ModelId,
        generation: Generation,
        key: &Key,
        limit: usize,
    ) -> Result<Vec<Position>, ReadModelError> {
        Ok(self.owner(id, generation)?.1.parked.waiting(key, limit))
    }

    pub(super) fn unpark(&mut self, id: &ModelId, key: Option<&Key>) -> Result<u64, MaintainError> {
        let number = self.owner(id, Generation::Serving)?.0.number;
        let contents = self.contents.entry(number).or_default();
        Ok(contents.parked.unpark(key))
    }

    pub(super) fn models(&self) -> Vec<StoredModel> {
        self.catalog().stored_models()
    }

    pub(super) fn rows(
        &self,
        table: &Table,
        generation: Generation,
        select: Select,
    ) -> Result<Rows, ReadModelError> {
        select.check(table)?;
        let entry = self.catalog().with_table(table, generation)?;
        let number = entry.tables.iter().position(|it| it == table);
        let contents = &self.contents[&entry.number];
        let rows = &contents.rows[number.expect("the entry has the table")];
        Ok(chosen(rows, entry.progress.clone(), select))
    }
}

fn chosen(rows: &BTreeMap<Key, Arc<str>>, progress: Progress, select: Select) -> Rows {
    let row = |(key, row): (&Key, &Arc<str>)| (key.clone(), Arc::clone(row));
    let mut found = Rows::new(progress);
    match select {
        Select::Keys(keys) => {
            let there = keys.iter().filter_map(|key| rows.get_key_value(key));
            found.rows.extend(there.map(row));
        }
        Select::After { after, limit } => {
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            let rest = rows.range((from, Bound::Unbounded));
            found.rows.extend(rest.take(limit).map(row));
        }
        Select::Count => found.count = rows.len() as u64,
    }
    found
}
