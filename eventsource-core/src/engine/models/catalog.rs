//! The entries of all read models of a store.

use super::entry::ModelEntry;
use crate::read_model::{
    Generation, Model, ModelId, ModelMismatch, ModelNamesError, ModelNotFound, StoredModel, Table,
};
use crate::store::LogId;

/// All entries of a store, as read in the transaction of a decision.
///
/// ```
/// use eventsource_core::engine::models::ModelCatalog;
/// use eventsource_core::read_model::{Generation, ModelId};
///
/// let catalog = ModelCatalog::new(&[]);
/// assert!(catalog.find(&ModelId::reactor("receipts"), Generation::Serving).is_err());
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
    /// [`ModelNotFound`] if there is none.
    pub fn find(
        &self,
        id: &ModelId,
        generation: Generation,
    ) -> Result<&'e ModelEntry, ModelNotFound> {
        self.at(id, generation)
            .ok_or_else(|| ModelNotFound::new(id))
    }

    pub(crate) fn at(&self, id: &ModelId, generation: Generation) -> Option<&'e ModelEntry> {
        let mut of_model = self.of_model(id);
        of_model.find(|entry| entry.generation == generation)
    }

    pub(crate) fn of_model(&self, id: &ModelId) -> impl Iterator<Item = &'e ModelEntry> {
        self.entries.iter().filter(move |entry| entry.id == *id)
    }

    /// The entry that readers ask for by this id: of the model, or of a projection that follows it.
    ///
    /// # Errors
    ///
    /// [`ModelNotFound`] if there is none.
    pub fn owner(
        &self,
        id: &ModelId,
        generation: Generation,
    ) -> Result<&'e ModelEntry, ModelNotFound> {
        let mut entries = self.of_generation(generation);
        let owner = entries.find(|entry| entry.is_known_as(id));
        owner.ok_or_else(|| ModelNotFound::new(id))
    }

    /// The entry that has this table, with these columns of its key.
    ///
    /// # Errors
    ///
    /// [`ModelNotFound`] if there is none.
    pub fn with_table(
        &self,
        table: &Table,
        generation: Generation,
    ) -> Result<&'e ModelEntry, ModelNotFound> {
        let mut entries = self.of_generation(generation);
        let owner = entries.find(|entry| entry.tables.contains(table));
        owner.ok_or_else(|| ModelNotFound::new(table))
    }

    fn of_generation(&self, generation: Generation) -> impl Iterator<Item = &'e ModelEntry> {
        let entries = self.entries.iter();
        entries.filter(move |entry| entry.generation == generation)
    }

    /// Refuses a model whose tables or names belong to another one, or differ from those that it was
    /// built with.
    pub(crate) fn check<E>(&self, model: &Model) -> Result<(), E>
    where
        E: From<ModelMismatch> + From<ModelNamesError>,
    {
        for entry in self.entries {
            if entry.id == model.id {
                entry.check(model)?;
                continue;
            }
            let of_table = |table: &Table| ModelId::projection(table.name.clone(), table.version);
            let mut ids = model.tables.iter().map(of_table);
            if entry.is_known_as(&model.id) || ids.any(|id| entry.is_known_as(&id)) {
                return Err(entry.other_tables(model).into());
            }
        }
        let tables = self.entries.iter().flat_map(|entry| &entry.tables);
        model.check_names(tables.map(|table| (&*table.name, table.version)))?;
        Ok(())
    }

    /// The number of parked keys in the newest older version of a model that serves; `None` if no older
    /// version serves. A version with more parked keys does not begin to [serve](ModelEntry::serve).
    #[must_use]
    pub fn parked_in_serving(&self, id: &ModelId) -> Option<u64> {
        let older = self
            .entries
            .iter()
            .filter(|entry| entry.is_serving() && id.replaces(&entry.id));
        let newest = older.max_by_key(|entry| entry.id.kind);
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

    /// Every entry as tools list it, in the order of id and generation.
    #[must_use]
    pub fn stored_models(&self) -> Vec<StoredModel> {
        let mut models: Vec<_> = self.entries.iter().map(ModelEntry::stored_model).collect();
        models.sort_by(|one, other| (&one.id, one.generation).cmp(&(&other.id, other.generation)));
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
        let epochs = self
            .of_model(&model.id)
            .map(|it| it.progress.checkpoint.epoch);
        entry.progress.checkpoint.epoch = epochs.max().unwrap_or_default();
        entry
    }
}
