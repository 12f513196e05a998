//! The rows, and how far they are.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::parked::AllParked;
use crate::projection::Key;
use crate::read_model::{
    Checkpoint, Claim, Claimed, Model, Parked, Place, Progress, ReadModelError, Rows, RunState,
    Select, SelectParked, StoredModel, Table, Write,
};
use crate::store::Horizon;
use crate::values::Position;

#[derive(Default)]
pub(super) struct State {
    models: HashMap<(String, u32), Kept>,
    /// Which model a table belongs to.
    owners: HashMap<(String, u32), (String, u32)>,
}

/// A model in all its places.
struct Kept {
    model: Model,
    main: Built,
    beside: Option<Built>,
}

struct Built {
    progress: Progress,
    tables: Vec<BTreeMap<Key, Arc<str>>>,
    parked: AllParked,
    /// How often a batch was begun since the checkpoint moved.
    starts: u32,
}

impl State {
    pub(super) fn claim(&mut self, claim: &Claim) -> Result<Claimed, ReadModelError> {
        let model = &claim.model;
        model.check()?;
        self.check_tables(model)?;
        let kept = self.models.entry(key(model)).or_insert_with(|| Kept {
            main: Built::new(claim, claim.start),
            beside: None,
            model: model.clone(),
        });
        if kept.main.progress.source != claim.source {
            return Err(ReadModelError::OtherStore {
                model: model.to_string(),
                found: kept.main.progress.source,
                source_store: claim.source,
            });
        }
        for table in &model.tables {
            let table = (table.name.to_string(), table.version);
            self.owners.insert(table, key(model));
        }
        let built = match claim.place {
            Place::Main => match &kept.main.progress.lease {
                Some(lease) if claim.is_shut_out_by(lease) => {
                    return Ok(Claimed::Held(lease.clone()));
                }
                _ => &mut kept.main,
            },
            Place::Beside => {
                // Higher than that of anybody who was here before, also before it was switched.
                let main = kept.main.progress.checkpoint.epoch;
                let old = kept.beside.take();
                let epoch = old.map_or(main, |old| old.progress.checkpoint.epoch.max(main));
                let built = kept.beside.insert(Built::new(claim, Horizon::START));
                built.progress.checkpoint.epoch = epoch;
                built
            }
        };
        if model.fingerprint.is_some() {
            kept.model.fingerprint = model.fingerprint;
        }
        let progress = &mut built.progress;
        progress.checkpoint.epoch += 1;
        progress.lease = Some(claim.lease(progress.checkpoint.epoch));
        Ok(Claimed::Taken(progress.clone()))
    }

    /// A table belongs to one model, and a model keeps its tables.
    fn check_tables(&self, model: &Model) -> Result<(), ReadModelError> {
        if let Some(kept) = self.models.get(&key(model))
            && kept.model.tables != model.tables
        {
            return Err(other_tables(model, &kept.model.tables));
        }
        if let Some(kept) = self.models.get(&key(model)) {
            model.check_source(kept.model.fingerprint)?;
        }
        for table in &model.tables {
            let owner = self.owners.get(&(table.name.to_string(), table.version));
            if let Some(owner) = owner.filter(|owner| **owner != key(model)) {
                return Err(other_tables(model, &self.models[owner].model.tables));
            }
        }
        let tables = self.models.values().flat_map(|kept| &kept.model.tables);
        model.check_names(tables.map(|table| (&*table.name, table.version)))
    }

    pub(super) fn write(&mut self, write: Write) -> Result<Checkpoint, ReadModelError> {
        if write.also.is_some() {
            let message = "handlers with tables of their own run on the store that made them";
            return Err(ReadModelError::unsupported(message));
        }
        write.check()?;
        self.check_tables(&write.model)?;
        let most = self.parked_where_it_serves(&write.model);
        let built = self.built(&write.model, write.place)?;
        let checkpoint = &mut built.progress.checkpoint;
        if *checkpoint != write.from {
            return Err(ReadModelError::TakenOver {
                model: write.model.to_string(),
            });
        }
        if checkpoint.at != write.to {
            built.starts = 0;
        }
        checkpoint.at = write.to;
        let checkpoint = *checkpoint;
        built.progress.beat();
        for change in write.rows {
            let rows = &mut built.tables[change.table];
            match change.row {
                Some(row) => drop(rows.insert(change.key, row)),
                None => drop(rows.remove(&change.key)),
            }
        }
        for parking in write.parking {
            built.parked.apply(parking);
        }
        built.progress.parked = built.parked.len();
        let may_serve = most.is_none_or(|most| built.progress.parked <= most);
        built.progress.serving |= write.serving && may_serve;
        Ok(checkpoint)
    }

    /// How many keys are parked in the newest older version that serves.
    fn parked_where_it_serves(&self, model: &Model) -> Option<u64> {
        let older = self.models.iter().filter(|((name, version), kept)| {
            model.replaces(name, *version) && kept.main.progress.serving
        });
        let newest = older.max_by_key(|((_, version), _)| *version);
        newest.map(|(_, kept)| kept.main.progress.parked)
    }

    pub(super) fn begin_batch(
        &mut self,
        model: &Model,
        place: Place,
        at: Checkpoint,
    ) -> Result<u32, ReadModelError> {
        let built = self.built(model, place)?;
        if built.progress.checkpoint != at {
            return Err(ReadModelError::TakenOver {
                model: model.to_string(),
            });
        }
        built.starts = built.starts.saturating_add(1);
        Ok(built.starts)
    }

    pub(super) fn switch(
        &mut self,
        model: &Model,
        at: Checkpoint,
        lost: Option<Horizon>,
    ) -> Result<Option<Checkpoint>, ReadModelError> {
        if self.built(model, Place::Beside)?.progress.checkpoint != at {
            return Err(ReadModelError::TakenOver {
                model: model.to_string(),
            });
        }
        let kept = self.models.get_mut(&key(model)).expect("it is there");
        let main = kept.main.progress.checkpoint;
        let is_behind = at.at.position().offset() < main.at.position().offset();
        if is_behind && lost != Some(main.at) {
            return Ok(None);
        }
        let parked = |built: &Built| built.progress.parked;
        let (main_parked, beside) = (parked(&kept.main), kept.beside.as_ref().map_or(0, parked));
        if beside > main_parked {
            return Err(ReadModelError::MoreParked {
                model: model.to_string(),
                beside,
                main: main_parked,
            });
        }
        kept.main = kept.beside.take().expect("it is there");
        let progress = &mut kept.main.progress;
        progress.checkpoint.epoch = at.epoch.max(main.epoch) + 1;
        if let Some(lease) = &mut progress.lease {
            lease.epoch = progress.checkpoint.epoch;
        }
        progress.serving = true;
        Ok(Some(progress.checkpoint))
    }

    pub(super) fn remove_older(&mut self, model: &Model) -> Result<Vec<u32>, ReadModelError> {
        let progress = &self.built(model, Place::Main)?.progress;
        if !progress.serving {
            let position = progress.checkpoint.at.position();
            return Err(ReadModelError::Rebuilding {
                model: model.to_string(),
                position,
                head: position,
                parked: progress.parked,
            });
        }
        let is_older = |(name, version): &(String, u32)| model.replaces(name, *version);
        let mut older: Vec<u32> = self
            .models
            .keys()
            .filter(|key| is_older(key))
            .map(|key| key.1)
            .collect();
        older.sort_unstable();
        self.models.retain(|key, _| !is_older(key));
        self.owners.retain(|_, owner| !is_older(owner));
        Ok(older)
    }

    pub(super) fn beat(
        &mut self,
        model: &Model,
        place: Place,
        epoch: u64,
    ) -> Result<(), ReadModelError> {
        let built = self.built(model, place)?;
        if built.progress.checkpoint.epoch != epoch {
            return Err(ReadModelError::TakenOver {
                model: model.to_string(),
            });
        }
        built.progress.beat();
        Ok(())
    }

    pub(super) fn release(&mut self, model: &Model, place: Place, epoch: u64, state: RunState) {
        if let Ok(built) = self.built(model, place)
            && built.progress.checkpoint.epoch == epoch
        {
            built.progress.lease = None;
            built.progress.state = state;
        }
    }

    pub(super) fn report(&mut self, model: &Model, place: Place, epoch: u64, state: RunState) {
        if let Ok(built) = self.built(model, place)
            && built.progress.checkpoint.epoch == epoch
        {
            built.progress.state = state;
        }
    }

    pub(super) fn progress(&self, table: &Table, place: Place) -> Option<Progress> {
        let found = self.known(table, place).ok();
        found.map(|built| built.progress.clone())
    }

    pub(super) fn parked(
        &self,
        table: &Table,
        place: Place,
        select: SelectParked,
    ) -> Result<(Progress, Vec<Parked>), ReadModelError> {
        let built = self.known(table, place)?;
        Ok((built.progress.clone(), built.parked.select(select)))
    }

    pub(super) fn waiting(
        &self,
        table: &Table,
        place: Place,
        key: &Key,
        limit: usize,
    ) -> Result<Vec<Position>, ReadModelError> {
        Ok(self.known(table, place)?.parked.waiting(key, limit))
    }

    pub(super) fn unpark(
        &mut self,
        table: &Table,
        key: Option<&Key>,
    ) -> Result<u64, ReadModelError> {
        let model = self.known_model(table)?.clone();
        Ok(self.built(&model, Place::Main)?.parked.unpark(key))
    }

    pub(super) fn progress_of(&self, model: &Model, place: Place) -> Option<Progress> {
        let kept = self.models.get(&key(model))?;
        Some(kept.at(place)?.progress.clone())
    }

    pub(super) fn models(&self) -> Vec<StoredModel> {
        let places = |kept: &Kept| {
            [Place::Main, Place::Beside]
                .into_iter()
                .filter_map(|place| {
                    Some(StoredModel {
                        name: kept.model.name.to_string(),
                        version: kept.model.version,
                        kind: kept.model.kind(),
                        place,
                        progress: kept.at(place)?.progress.clone(),
                    })
                })
                .collect::<Vec<_>>()
        };
        let mut models: Vec<_> = self.models.values().flat_map(places).collect();
        models.sort_by(|one, other| {
            let key = |it: &StoredModel| (it.version, it.place);
            (&one.name, key(one)).cmp(&(&other.name, key(other)))
        });
        models
    }

    pub(super) fn rows(
        &self,
        table: &Table,
        place: Place,
        keys: &[Key],
    ) -> Result<Vec<Option<Arc<str>>>, ReadModelError> {
        keys.iter().try_for_each(|key| table.check_key(key))?;
        let (rows, _) = self.table(table, place)?;
        Ok(keys.iter().map(|key| rows.get(key).cloned()).collect())
    }

    pub(super) fn read(&self, table: &Table, select: Select) -> Result<Rows, ReadModelError> {
        select.check(table)?;
        let (rows, progress) = self.table(table, Place::Main)?;
        Ok(chosen(rows, progress.clone(), select))
    }

    fn built(&mut self, model: &Model, place: Place) -> Result<&mut Built, ReadModelError> {
        let kept = self.models.get_mut(&key(model));
        let built = kept.and_then(|kept| match place {
            Place::Main => Some(&mut kept.main),
            Place::Beside => kept.beside.as_mut(),
        });
        built.ok_or_else(|| ReadModelError::Unknown {
            model: model.to_string(),
        })
    }

    /// The model that has the table, or that has none and is called like it.
    fn known_model(&self, table: &Table) -> Result<&Model, ReadModelError> {
        let named = (table.name.to_string(), table.version);
        let owner = self.owners.get(&named).unwrap_or(&named);
        let model = self.models.get(owner).map(|kept| &kept.model);
        let model = model.filter(|model| match &model.tables[..] {
            [] => model.known_as() == *table,
            tables => tables.contains(table),
        });
        model.ok_or_else(|| unknown(table))
    }

    fn known(&self, table: &Table, place: Place) -> Result<&Built, ReadModelError> {
        let model = self.known_model(table)?;
        let kept = self.models.get(&key(model));
        let built = kept.and_then(|kept| match place {
            Place::Main => Some(&kept.main),
            Place::Beside => kept.beside.as_ref(),
        });
        built.ok_or_else(|| unknown(table))
    }

    fn table(
        &self,
        table: &Table,
        place: Place,
    ) -> Result<(&BTreeMap<Key, Arc<str>>, &Progress), ReadModelError> {
        let tables = &self.known_model(table)?.tables;
        let index = tables.iter().position(|it| it == table);
        let index = index.ok_or_else(|| unknown(table))?;
        let built = self.known(table, place)?;
        Ok((&built.tables[index], &built.progress))
    }
}

impl Kept {
    fn at(&self, place: Place) -> Option<&Built> {
        match place {
            Place::Main => Some(&self.main),
            Place::Beside => self.beside.as_ref(),
        }
    }
}

impl Built {
    fn new(claim: &Claim, start: Horizon) -> Self {
        let mut progress = Progress::new(claim.source);
        progress.checkpoint.at = start;
        let tables = claim.model.tables.iter();
        Self {
            progress,
            tables: tables.map(|_| BTreeMap::new()).collect(),
            parked: AllParked::default(),
            starts: 0,
        }
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

fn unknown(table: &Table) -> ReadModelError {
    ReadModelError::Unknown {
        model: table.to_string(),
    }
}

fn other_tables(model: &Model, found: &[Table]) -> ReadModelError {
    ReadModelError::OtherTables {
        model: model.to_string(),
        found: describe(found),
        wanted: describe(&model.tables),
    }
}

fn describe(tables: &[Table]) -> String {
    let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
    tables.join(", ")
}

fn key(model: &Model) -> (String, u32) {
    (model.name.to_string(), model.version)
}
