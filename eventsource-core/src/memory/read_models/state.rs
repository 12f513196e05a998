//! The entries of the models, their rows and their parked keys.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::parked::ParkedKeys;
use crate::engine::models::{ModelCatalog, ModelChange, ModelDecision, ModelEntry};
use crate::projection::Key;
use crate::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, Model, Parked, Progress, ReadModelError, Rows,
    RunState, Select, SelectParked, StoredModel, Table, Write,
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

    pub(super) fn claim(&mut self, claim: &Claim) -> Result<ClaimOutcome, ReadModelError> {
        claim.model.check()?;
        let decision = self.catalog().claim(claim)?;
        Ok(self.apply(decision))
    }

    pub(super) fn write(&mut self, write: Write) -> Result<Checkpoint, ReadModelError> {
        if write.also.is_some() {
            let message = "handlers with tables of their own run on the store that made them";
            return Err(ReadModelError::unsupported(message));
        }
        write.check()?;
        let most = self.catalog().parked_in_serving(&write.model);
        let (entry, contents) = self.find(&write.model, write.generation)?;
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

    pub(super) fn begin_batch(
        &mut self,
        model: &Model,
        generation: Generation,
        at: Checkpoint,
    ) -> Result<u32, ReadModelError> {
        self.find(model, generation)?.0.begin_batch(at)
    }

    pub(super) fn switch(
        &mut self,
        model: &Model,
        at: Checkpoint,
        lost: Option<Horizon>,
    ) -> Result<Option<Checkpoint>, ReadModelError> {
        let decision = self.catalog().switch(model, at, lost)?;
        Ok(self.apply(decision))
    }

    pub(super) fn remove_older(&mut self, model: &Model) -> Result<Vec<u32>, ReadModelError> {
        let decision = self.catalog().remove_older(model)?;
        Ok(self.apply(decision))
    }

    pub(super) fn heartbeat(
        &mut self,
        model: &Model,
        generation: Generation,
        epoch: u64,
    ) -> Result<(), ReadModelError> {
        self.find(model, generation)?.0.heartbeat(epoch)
    }

    pub(super) fn release(
        &mut self,
        model: &Model,
        generation: Generation,
        epoch: u64,
        state: RunState,
    ) {
        if let Ok((entry, _)) = self.find(model, generation) {
            entry.release(epoch, state);
        }
    }

    pub(super) fn report(
        &mut self,
        model: &Model,
        generation: Generation,
        epoch: u64,
        state: RunState,
    ) {
        if let Ok((entry, _)) = self.find(model, generation) {
            entry.report(epoch, state);
        }
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
        model: &Model,
        generation: Generation,
    ) -> Result<(&mut ModelEntry, &mut Contents), ReadModelError> {
        let mut entries = self.entries.iter_mut();
        let found = entries.find(|entry| entry.is_of(model) && entry.generation == generation);
        let found = found.and_then(|entry| {
            let contents = self.contents.get_mut(&entry.number)?;
            Some((entry, contents))
        });
        found.ok_or_else(|| ReadModelError::NotFound {
            model: model.to_string(),
        })
    }

    fn owner(
        &self,
        table: &Table,
        generation: Generation,
    ) -> Result<(&ModelEntry, &Contents), ReadModelError> {
        let entry = self.catalog().owner(table, generation)?;
        Ok((entry, &self.contents[&entry.number]))
    }

    pub(super) fn progress(&self, table: &Table, generation: Generation) -> Option<Progress> {
        let (entry, _) = self.owner(table, generation).ok()?;
        Some(entry.progress.clone())
    }

    pub(super) fn progress_of(&self, model: &Model, generation: Generation) -> Option<Progress> {
        let entry = self.catalog().at(model, generation)?;
        Some(entry.progress.clone())
    }

    pub(super) fn parked(
        &self,
        table: &Table,
        generation: Generation,
        select: SelectParked,
    ) -> Result<(Progress, Vec<Parked>), ReadModelError> {
        let (entry, contents) = self.owner(table, generation)?;
        Ok((entry.progress.clone(), contents.parked.select(select)))
    }

    pub(super) fn waiting(
        &self,
        table: &Table,
        generation: Generation,
        key: &Key,
        limit: usize,
    ) -> Result<Vec<Position>, ReadModelError> {
        Ok(self.owner(table, generation)?.1.parked.waiting(key, limit))
    }

    pub(super) fn unpark(
        &mut self,
        table: &Table,
        key: Option<&Key>,
    ) -> Result<u64, ReadModelError> {
        let number = self.owner(table, Generation::Serving)?.0.number;
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
        keys: &[Key],
    ) -> Result<Vec<Option<Arc<str>>>, ReadModelError> {
        keys.iter().try_for_each(|key| table.check_key(key))?;
        let (rows, _) = self.table(table, generation)?;
        Ok(keys.iter().map(|key| rows.get(key).cloned()).collect())
    }

    pub(super) fn read(&self, table: &Table, select: Select) -> Result<Rows, ReadModelError> {
        select.check(table)?;
        let (rows, progress) = self.table(table, Generation::Serving)?;
        Ok(chosen(rows, progress.clone(), select))
    }

    fn table(
        &self,
        table: &Table,
        generation: Generation,
    ) -> Result<(&BTreeMap<Key, Arc<str>>, &Progress), ReadModelError> {
        let (entry, contents) = self.owner(table, generation)?;
        let mut tables = entry.tables.iter().zip(&contents.rows);
        let rows = tables.find(|(it, _)| *it == table).map(|(_, rows)| rows);
        let rows = rows.ok_or_else(|| ReadModelError::NotFound {
            model: table.to_string(),
        })?;
        Ok((rows, &entry.progress))
    }
}

fn chosen(rows: &BTreeMap<Key, Arc<str>>, progress: Progress, select: Select) -> Rows {
    let row = |(key, row): (&Key, &Arc<str>)| (key.clone(), Arc::clone(row));
    let (mut found, mut count) = (Vec::new(), 0);
    match select {
        Select::Keys(keys) => {
            found.extend(
                keys.iter()
                    .filter_map(|key| rows.get_key_value(key))
                    .map(row),
            );
        }
        Select::After { after, limit } => {
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            found.extend(rows.range((from, Bound::Unbounded)).take(limit).map(row));
        }
        Select::Count => count = rows.len() as u64,
    }
    Rows {
        progress,
        rows: found,
        count,
    }
}
