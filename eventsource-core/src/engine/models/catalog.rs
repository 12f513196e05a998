//! The entries of all read models of a store.

use super::entry::ModelEntry;
use crate::read_model::{Generation, Model, ReadModelError, StoredModel, Table};
use crate::store::LogId;

/// All entries of a store, as read in the transaction of a decision.
///
/// ```
/// use eventsource_core::engine::models::ModelCatalog;
/// use eventsource_core::read_model::{Model, Generation};
///
/// let catalog = ModelCatalog::new(&[]);
/// assert!(catalog.find(&Model::reactor("receipts"), Generation::Serving).is_err());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ModelCatalog<'e> {
    pub(crate) entries: &'e [ModelEntry],
}

impl<'e> ModelCatalog<'e> {
    /// The catalog of a store that has these entries, in any order.
    #[must_use]
    pub const fn new(entries: &'e [ModelEntry]) -> Self {
        Self { entries }
    }

    /// The entry of a generation of a model.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`] if there is none.
    pub fn find(
        &self,
        model: &Model,
        generation: Generation,
    ) -> Result<&'e ModelEntry, ReadModelError> {
        self.at(model, generation)
            .ok_or_else(|| ReadModelError::NotFound {
                model: model.to_string(),
            })
    }

    pub(crate) fn at(&self, model: &Model, generation: Generation) -> Option<&'e ModelEntry> {
        self.of_model(model)
            .find(|entry| entry.generation == generation)
    }

    pub(crate) fn of_model(&self, model: &Model) -> impl Iterator<Item = &'e ModelEntry> {
        self.entries.iter().filter(|entry| entry.is_of(model))
    }

    /// The entry that readers ask for by this table.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`] if there is none.
    pub fn owner(
        &self,
        table: &Table,
        generation: Generation,
    ) -> Result<&'e ModelEntry, ReadModelError> {
        let mut at_place = self
            .entries
            .iter()
            .filter(|entry| entry.generation == generation);
        let owner = at_place.find(|entry| entry.is_known_as(table));
        owner.ok_or_else(|| ReadModelError::NotFound {
            model: table.to_string(),
        })
    }

    /// Refuses a model whose tables or names belong to another one, or differ from those that it was
    /// built with.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::OtherTables`], [`ReadModelError::OtherSource`], [`ReadModelError::Names`].
    pub fn check(&self, model: &Model) -> Result<(), ReadModelError> {
        for entry in self.entries {
            if entry.is_of(model) {
                entry.check(model)?;
                continue;
            }
            let is_theirs = |table: &Table| {
                let mut theirs = entry.tables.iter();
                theirs.any(|it| it.name == table.name && it.version == table.version)
            };
            if model.tables.iter().any(is_theirs) {
                return Err(entry.other_tables(model));
            }
        }
        let tables = self.entries.iter().flat_map(|entry| &entry.tables);
        model.check_names(tables.map(|table| (&*table.name, table.version)))
    }

    /// The number of parked keys in the newest older version of a model that serves; `None` if no older
    /// version serves. A version with more parked keys does not begin to [serve](ModelEntry::serve).
    #[must_use]
    pub fn parked_in_serving(&self, model: &Model) -> Option<u64> {
        let older = self
            .entries
            .iter()
            .filter(|entry| entry.is_serving() && model.replaces(&entry.name, entry.version));
        let newest = older.max_by_key(|entry| entry.version);
        newest.map(|entry| entry.progress.parked)
    }

    /// The table of the newest version that serves, of the projection of this name.
    #[must_use]
    pub fn newest_serving(&self, projection: &str) -> Option<&'e Table> {
        let serving = self.entries.iter().filter(|entry| entry.is_serving());
        let tables = serving.flat_map(|entry| &entry.tables);
        tables
            .filter(|table| table.name == projection)
            .max_by_key(|table| table.version)
    }

    /// Every entry as tools list it, in the order of name, version and generation.
    #[must_use]
    pub fn stored_models(&self) -> Vec<StoredModel> {
        let mut models: Vec<_> = self.entries.iter().map(ModelEntry::stored_model).collect();
        models.sort_by(|one, other| {
            let key = |it: &StoredModel| (it.version, it.generation);
            (&one.name, key(one)).cmp(&(&other.name, key(other)))
        });
        models
    }

    pub(super) fn next_number(&self) -> u64 {
        let numbers = self.entries.iter().map(|entry| entry.number);
        numbers.max().unwrap_or_default() + 1
    }

    /// A new entry, not stored yet, with the highest epoch of the model, which its first claim raises.
    pub(crate) fn new_entry(
        &self,
        model: &Model,
        generation: Generation,
        source: LogId,
    ) -> ModelEntry {
        let mut entry = ModelEntry::new(self.next_number(), model, generation, source);
        let epochs = self.of_model(model).map(|it| it.progress.checkpoint.epoch);
        entry.progress.checkpoint.epoch = epochs.max().unwrap_or_default();
        entry
    }
}
