//! Attempts rise.

use std::collections::HashMap;

use uuid::Uuid;

use super::Checker;
use crate::observation::{Effect, Moment, Observation};
use crate::process_id::ProcessId;

/// A delivery that comes again has an attempt above the one before, unless the count was lost with the
/// rows. A process that was taken over may make an attempt late that was counted before.
#[derive(Default)]
pub(crate) struct Attempts {
    seen: HashMap<Uuid, u32>,
    /// The process that has claimed a reactor last.
    owners: HashMap<String, ProcessId>,
}

impl Attempts {
    fn is_taken_over(&self, moment: Moment, effect: &Effect) -> bool {
        let owner = self.owners.get(effect.name);
        owner.is_some_and(|owner| *owner != moment.process)
    }
}

impl Checker for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn observe(&mut self, moment: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::ClaimOutcome { claim, .. } => {
                let name = claim.model.id.name.to_string();
                self.owners.insert(name, moment.process);
            }
            Observation::Effect(effect) if !self.is_taken_over(moment, effect) => {
                let (id, attempt) = (effect.delivery, effect.attempt);
                if let Some(before) = self.seen.insert(id, attempt)
                    && attempt <= before
                {
                    let (name, position) = (effect.name, effect.position);
                    return Err(format!(
                        "`{name}` gets the delivery of {position} as attempt {attempt}, \
                         after attempt {before}"
                    ));
                }
            }
            Observation::RowsLost => self.seen.clear(),
            _ => {}
        }
        Ok(())
    }
}
