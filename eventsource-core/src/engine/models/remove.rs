//! The removal of models.

use super::catalog::ModelCatalog;
use super::change::{ModelChange, ModelDecision};
use super::entry::ModelEntry;
use crate::read_model::{Generation, MaintainError, ModelId};

impl ModelCatalog<'_> {
    /// Decides the removal of all older versions of a model. The answer has their versions.
    ///
    /// # Errors
    ///
    /// [`MaintainError::Rebuilding`] while this version does not serve, [`MaintainError::Inline`]
    /// if appends need an older one, [`MaintainError::NotFound`].
    pub fn remove_older(&self, id: &ModelId) -> Result<ModelDecision<Vec<u32>>, MaintainError> {
        let progress = &self.find(id, Generation::Serving)?.progress;
        if !progress.serving {
            return Err(MaintainError::Rebuilding {
                model: id.to_string(),
                position: progress.checkpoint.at.position(),
                parked: progress.parked,
            });
        }
        let is_older = |entry: &&ModelEntry| id.replaces(&entry.id);
        let older = || self.entries.iter().filter(is_older);
        // A version that appends need is removed after a newer one has replaced it.
        if let Some(needed) = older().find(|entry| entry.is_registered()) {
            let model = needed.to_string();
            return Err(MaintainError::Inline { model });
        }
        Ok(remove(older()))
    }

    /// Decides the removal of an inline projection in every version. The answer has the versions.
    #[must_use]
    pub fn remove_inline(&self, name: &str) -> ModelDecision<Vec<u32>> {
        let entries = self.entries.iter();
        remove(entries.filter(|entry| entry.id.name == name && entry.inline.is_some()))
    }
}

fn remove<'e>(entries: impl Iterator<Item = &'e ModelEntry>) -> ModelDecision<Vec<u32>> {
    let removed: Vec<ModelEntry> = entries.cloned().collect();
    let mut versions: Vec<u32> = removed
        .iter()
        .filter_map(|entry| entry.id.version())
        .collect();
    versions.sort_unstable();
    versions.dedup();
    ModelDecision {
        answer: versions,
        changes: removed.into_iter().map(ModelChange::Remove).collect(),
    }
}
