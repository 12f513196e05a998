//! Claims on the writing of a model.

use super::catalog::ModelCatalog;
use super::change::{ModelChange, ModelDecision};
use super::entry::ModelEntry;
use crate::read_model::{Claim, ClaimError, ClaimOutcome, Generation};

impl ModelCatalog<'_> {
    /// Decides a claim on a generation of a model. A granted claim raises the epoch, the fencing token of
    /// the writer, above those of all earlier writers. A rebuilding generation begins with empty tables.
    ///
    /// ```
    /// use eventsource_core::engine::models::{ModelCatalog, ModelChange};
    /// use eventsource_core::read_model::{Claim, ClaimOutcome, Model, Generation};
    /// use eventsource_core::store::{LogId, StoreId};
    /// use eventsource_core::uuid::Uuid;
    ///
    /// let source = LogId::new(StoreId::new(Uuid::nil()), 0);
    /// let claim = |owner| Claim::new(Model::reactor("receipts"), Generation::Serving, source, owner);
    /// let first = ModelCatalog::new(&[]).claim(&claim(Uuid::from_u128(1)))?;
    /// let [ModelChange::Create(entry)] = &first.changes[..] else { panic!("it is new") };
    ///
    /// let entries = [entry.clone()];
    /// let second = ModelCatalog::new(&entries).claim(&claim(Uuid::from_u128(2)))?;
    /// assert!(matches!(second.answer, ClaimOutcome::Denied(_)) && second.changes.is_empty());
    /// # Ok::<(), eventsource_core::read_model::ClaimError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClaimError::OtherStore`], [`ClaimError::Mismatch`], [`ClaimError::Names`],
    /// [`ClaimError::Inline`].
    pub fn claim(&self, claim: &Claim) -> Result<ModelDecision<ClaimOutcome>, ClaimError> {
        let model = &claim.model;
        self.check::<ClaimError>(model)?;
        if self.of_model(&model.id).any(|entry| entry.inline.is_some()) {
            let model = model.to_string();
            return Err(ClaimError::Inline { model });
        }
        let Some(main) = self.at(&model.id, Generation::Serving) else {
            return Ok(self.claim_new(claim));
        };
        if main.progress.source != claim.source {
            return Err(ClaimError::OtherStore {
                model: model.to_string(),
                found: main.progress.source,
                source_store: claim.source,
            });
        }
        Ok(match (claim.generation, &main.progress.lease) {
            (Generation::Serving, Some(lease)) if claim.is_shut_out_by(lease) => ModelDecision {
                answer: ClaimOutcome::Denied(lease.clone()),
                changes: Vec::new(),
            },
            (Generation::Serving, _) => grant(claim, main.clone(), Vec::new(), ModelChange::Update),
            (Generation::Rebuilding, _) => self.begin_rebuild(claim),
        })
    }

    /// Creates a model. A claim on a rebuild creates the serving generation as well, and before it.
    fn claim_new(&self, claim: &Claim) -> ModelDecision<ClaimOutcome> {
        let mut main = self.new_entry(&claim.model, Generation::Serving, claim.source);
        main.progress.checkpoint.at = claim.start;
        if claim.generation == Generation::Serving {
            return grant(claim, main, Vec::new(), ModelChange::Create);
        }
        let mut rebuilt = self.new_entry(&claim.model, Generation::Rebuilding, claim.source);
        rebuilt.number = main.number + 1;
        let made = vec![ModelChange::Create(main)];
        grant(claim, rebuilt, made, ModelChange::Create)
    }

    /// Removes an earlier rebuild: the new writer cannot know which events that one has read.
    fn begin_rebuild(&self, claim: &Claim) -> ModelDecision<ClaimOutcome> {
        let old = self.at(&claim.model.id, Generation::Rebuilding).cloned();
        let removed = old.map(ModelChange::Remove).into_iter().collect();
        let rebuilt = self.new_entry(&claim.model, Generation::Rebuilding, claim.source);
        grant(claim, rebuilt, removed, ModelChange::Create)
    }
}

fn grant(
    claim: &Claim,
    mut entry: ModelEntry,
    mut changes: Vec<ModelChange>,
    change: fn(ModelEntry) -> ModelChange,
) -> ModelDecision<ClaimOutcome> {
    entry.complete(&claim.model);
    let progress = &mut entry.progress;
    progress.checkpoint.epoch += 1;
    progress.lease = Some(claim.lease(progress.checkpoint.epoch));
    let answer = ClaimOutcome::Granted(progress.clone());
    changes.push(change(entry));
    ModelDecision { answer, changes }
}
