//! The answers of a store, as the checks see them.

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, MaintainError, ModelId, WriteError, Writer,
};
use eventsource_core::{AppendError, Horizon, Receipt};
use uuid::Uuid;

use crate::caller::Caller;
use crate::observation::Observation;

impl Caller {
    pub(crate) fn observe(&self, seen: &Observation<'_>) {
        self.world.observe(self.process, seen);
    }

    /// Shows the answer to a commit.
    pub(crate) fn show_answer(&self, commit_id: Uuid, answer: &Result<Receipt, AppendError>) {
        self.world.observer.count(match answer {
            Ok(_) => "acknowledged",
            Err(AppendError::Conflict(_)) => "conflict",
            Err(AppendError::OutcomeUnknown { .. }) => "unknown outcome",
            Err(_) => "failed append",
        });
        self.observe(&Observation::Answered { commit_id, answer });
    }

    pub(crate) fn show_claim(&self, claim: &Claim, answer: &Result<ClaimOutcome, ClaimError>) {
        if let Ok(ClaimOutcome::Granted(progress)) = answer {
            if claim.seen.is_some() {
                self.world.observer.count("take-over");
            }
            let epoch = progress.checkpoint.epoch;
            self.observe(&Observation::ClaimOutcome { claim, epoch });
        }
    }

    pub(crate) fn show_release(&self, writer: &Writer) {
        self.observe(&Observation::Released(writer));
    }

    /// Shows what came of a write up to a horizon, with so many keys that are parked or taken up again.
    pub(crate) fn show_write(
        &self,
        writer: &Writer,
        (from, to, parked): (Horizon, Horizon, usize),
        answer: &Result<Checkpoint, WriteError>,
    ) {
        if answer.is_ok() {
            self.world.observer.count("write");
            if parked > 0 {
                self.world.observer.count("parking");
            }
            self.observe(&Observation::Wrote { writer, from, to });
        }
    }

    pub(crate) fn show_switch(
        &self,
        id: &ModelId,
        answer: &Result<Option<Checkpoint>, MaintainError>,
    ) {
        if let Ok(Some(checkpoint)) = answer {
            let epoch = checkpoint.epoch;
            self.observe(&Observation::Switched { id, epoch });
        }
    }
}
