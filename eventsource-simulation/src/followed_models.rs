//! The models that programs follow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventsource_core::read_model::ModelId;

use crate::process_id::ProcessId;

/// The processes whose programs have followed each model, by its id.
#[derive(Debug, Default)]
pub(crate) struct FollowedModels(Mutex<Followers>);

type Followers = BTreeMap<ModelId, BTreeSet<ProcessId>>;

impl FollowedModels {
    /// Notes that the program of a process follows a model.
    pub(crate) fn add(&self, process: ProcessId, model: ModelId) {
        let mut followers = self.followers();
        let processes = followers.entry(model).or_default();
        processes.insert(process);
    }

    /// Whether programs have followed a model, and none of those that run now does: another release took
    /// the place of the last one.
    pub(crate) fn is_abandoned(&self, model: &ModelId, runs: impl Fn(ProcessId) -> bool) -> bool {
        let followers = self.followers();
        let processes = followers.get(model);
        processes.is_some_and(|processes| !processes.iter().copied().any(runs))
    }

    fn followers(&self) -> MutexGuard<'_, Followers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(version: u32) -> ModelId {
        ModelId::projection("demand", version)
    }

    #[test]
    fn a_model_is_abandoned_once_no_program_follows_it_that_runs() {
        let (models, first) = (FollowedModels::default(), ProcessId::new(0, 0));
        models.add(first, demand(2));
        let is_abandoned = |version, now| {
            let runs = |process| process == now;
            models.is_abandoned(&demand(version), runs)
        };
        let restarted = ProcessId::new(0, 1);
        assert!(!is_abandoned(2, first));
        assert!(is_abandoned(2, restarted));
        assert!(!is_abandoned(1, restarted), "nothing is known of it");
        models.add(restarted, demand(2));
        assert!(!is_abandoned(2, restarted));
    }
}
