//! The switch to a rebuilt generation.

use super::catalog::ModelCatalog;
use super::change::{ModelChange, ModelDecision};
use super::entry::ModelEntry;
use crate::read_model::{Checkpoint, Generation, MaintainError, ModelId};
use crate::store::Horizon;

impl ModelCatalog<'_> {
    /// Decides whether the rebuilding generation of a model replaces the serving one. The answer is its
    /// checkpoint as the serving one, or `None` while it is behind; see
    /// [`ReadModelStore::switch`](crate::ReadModelStore::switch).
    ///
    /// ```
    /// use eventsource_core::engine::models::ModelCatalog;
    /// use eventsource_core::read_model::{Checkpoint, ModelId};
    ///
    /// let nothing_is_rebuilt = ModelCatalog::new(&[])
    ///     .switch(&ModelId::reactor("receipts"), Checkpoint::default(), None);
    /// assert!(nothing_is_rebuilt.is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`MaintainError::TakenOver`], [`MaintainError::MoreParked`], [`MaintainError::NotFound`].
    pub fn switch(
        &self,
        id: &ModelId,
        at: Checkpoint,
        lost: Option<Horizon>,
    ) -> Result<ModelDecision<Option<Checkpoint>>, MaintainError> {
        let main = self.find(id, Generation::Serving)?;
        let rebuilt = self.find(id, Generation::Rebuilding)?;
        if rebuilt.progress.checkpoint != at {
            let model = id.to_string();
            return Err(MaintainError::TakenOver { model });
        }
        let main_at = main.progress.checkpoint.at;
        let is_behind = at.at.position().offset() < main_at.position().offset();
        if is_behind && lost != Some(main_at) {
            return Ok(ModelDecision {
                answer: None,
                changes: Vec::new(),
            });
        }
        if rebuilt.progress.parked > main.progress.parked {
            return Err(MaintainError::MoreParked {
                model: id.to_string(),
                beside: rebuilt.progress.parked,
                main: main.progress.parked,
            });
        }
        let new = Box::new(rebuilt.clone().in_place_of(main));
        Ok(ModelDecision {
            answer: Some(new.progress.checkpoint),
            changes: vec![ModelChange::Replace {
                old: Box::new(main.clone()),
                new,
            }],
        })
    }
}

impl ModelEntry {
    /// The entry as the serving generation in place of `main`, under an epoch that no writer had before.
    pub(crate) fn in_place_of(mut self, main: &Self) -> Self {
        self.generation = Generation::Serving;
        let progress = &mut self.progress;
        let epoch = &mut progress.checkpoint.epoch;
        *epoch = main.progress.checkpoint.epoch.max(*epoch) + 1;
        if let Some(lease) = &mut progress.lease {
            lease.epoch = *epoch;
        }
        progress.serving = true;
        self
    }
}
