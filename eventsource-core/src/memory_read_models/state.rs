//! The rows, and how far they are.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use crate::{
    Checkpoint, Claim, Claimed, Key, Model, Place, Position, Progress, ReadModelError, Rows,
    RunState, Select, Table, Write,
};

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
                let built = kept.beside.insert(Built::new(claim, Position::START));
                built.progress.checkpoint.epoch = epoch;
                built
            }
        };
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
        for table in &model.tables {
            let owner = self.owners.get(&(table.name.to_string(), table.version));
            if let Some(owner) = owner.filter(|owner| **owner != key(model)) {
                return Err(other_tables(model, &self.models[owner].model.tables));
            }
        }
        Ok(())
    }

    pub(super) fn write(&mut self, write: Write) -> Result<Checkpoint, ReadModelError> {
        if write.also.is_some() {
            let message = "handlers with tables of their own run on the store that made them";
            return Err(ReadModelError::unsupported(message));
        }
        write.check()?;
        self.check_tables(&write.model)?;
        let built = self.built(&write.model, write.place)?;
        let checkpoint = &mut built.progress.checkpoint;
        if *checkpoint != write.from {
            return Err(ReadModelError::TakenOver {
                model: write.model.to_string(),
            });
        }
        checkpoint.position = write.to;
        let checkpoint = *checkpoint;
        built.progress.serving |= write.serving;
        built.progress.beat();
        for change in write.rows {
            let rows = &mut built.tables[change.table];
            match change.row {
                Some(row) => drop(rows.insert(change.key, row.into())),
                None => drop(rows.remove(&change.key)),
            }
        }
        Ok(checkpoint)
    }

    pub(super) fn switch(
        &mut self,
        model: &Model,
        at: Checkpoint,
    ) -> Result<Option<Checkpoint>, ReadModelError> {
        if self.built(model, Place::Beside)?.progress.checkpoint != at {
            return Err(ReadModelError::TakenOver {
                model: model.to_string(),
            });
        }
        let kept = self.models.get_mut(&key(model)).expect("it is there");
        let main = kept.main.progress.checkpoint;
        if at.position < main.position {
            return Ok(None);
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
            let position = progress.checkpoint.position;
            return Err(ReadModelError::Rebuilding {
                model: model.to_string(),
                position,
                head: position,
            });
        }
        let is_older =
            |(name, version): &(String, u32)| *name == *model.name && *version < model.version;
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
        let found = self.table(table, place).ok();
        found.map(|(_, progress)| progress.clone())
    }

    pub(super) fn progress_of(&self, model: &Model, place: Place) -> Option<Progress> {
        let kept = self.models.get(&key(model))?;
        Some(kept.at(place)?.progress.clone())
    }

    pub(super) fn rows(
        &self,
        table: &Table,
        place: Place,
        keys: &[Key],
    ) -> Result<Vec<Option<String>>, ReadModelError> {
        keys.iter().try_for_each(|key| table.check_key(key))?;
        let (rows, _) = self.table(table, place)?;
        let row = |key| rows.get(key).map(|row| row.as_ref().to_owned());
        Ok(keys.iter().map(row).collect())
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

    fn table(
        &self,
        table: &Table,
        place: Place,
    ) -> Result<(&BTreeMap<Key, Arc<str>>, &Progress), ReadModelError> {
        let owner = self.owners.get(&(table.name.to_string(), table.version));
        let kept = owner.and_then(|owner| self.models.get(owner));
        let found = kept.and_then(|kept| {
            let built = kept.at(place);
            let index = kept.model.tables.iter().position(|it| it == table);
            built.zip(index)
        });
        let found = found.map(|(built, index)| (&built.tables[index], &built.progress));
        found.ok_or_else(|| ReadModelError::Unknown {
            model: table.to_string(),
        })
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
    fn new(claim: &Claim, start: Position) -> Self {
        let mut progress = Progress::new(claim.source);
        progress.checkpoint.position = start;
        let tables = claim.model.tables.iter();
        Self {
            progress,
            tables: tables.map(|_| BTreeMap::new()).collect(),
        }
    }
}

fn chosen(rows: &BTreeMap<Key, Arc<str>>, progress: Progress, select: Select) -> Rows {
    let row = |(key, row): (&Key, &Arc<str>)| (key.clone(), row.as_ref().to_owned());
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
