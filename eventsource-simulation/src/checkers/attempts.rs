//! Attempts rise.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use eventsource_core::Horizon;
use uuid::Uuid;

use super::Checker;
use crate::observation::{Effect, Moment, Observation};
use crate::process_id::ProcessId;
use crate::world::World;

/// A delivery that comes again has an attempt above the one before, unless the count was lost with the
/// rows. A process that was taken over may make an attempt late that was counted before.
///
/// The count is stored with the checkpoint, for the commit that comes next. If the log loses events and their
/// callers send them again, another commit may be the next one, and the one that was begun comes later, as
/// attempt 1. So only deliveries are compared that the log has not lost since: the events before them are still
/// the same.
#[derive(Default)]
pub(crate) struct Attempts {
    /// The last attempt of each delivery, and the event.
    seen: HashMap<Uuid, (u32, Horizon)>,
    /// The process that has claimed a reactor last.
    owners: HashMap<String, ProcessId>,
    world: Weak<World>,
}

impl Attempts {
    fn is_taken_over(&self, moment: Moment, effect: &Effect) -> bool {
        let owner = self.owners.get(effect.name);
        owner.is_some_and(|owner| *owner != moment.process)
    }

    /// Whether the log has lost an event. It may have been delivered after that, if it was read before.
    fn is_lost(&self, event: Horizon) -> bool {
        let world = self.world.upgrade();
        world.is_some_and(|world| world.events.has_lost(event))
    }
}

impl Checker for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn begin(&mut self, world: &Arc<World>) {
        self.world = Arc::downgrade(world);
    }

    fn observe(&mut self, moment: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::ClaimOutcome { claim, .. } => {
                let name = claim.model.id.name.to_string();
                self.owners.insert(name, moment.process);
            }
            Observation::Effect(effect) if !self.is_taken_over(moment, effect) => {
                let (id, attempt) = (effect.delivery, effect.attempt);
                let event = Horizon::new(effect.position, effect.commit);
                if let Some((before, from)) = self.seen.insert(id, (attempt, event))
                    && attempt <= before
                    && !self.is_lost(from)
                    && !self.is_lost(event)
                {
                    let name = effect.name;
                    return Err(format!(
                        "`{name}` gets the delivery of {event} as attempt {attempt}, \
                         after attempt {before} of {from}"
                    ));
                }
            }
            Observation::RowsLost => self.seen.clear(),
            _ => {}
        }
        Ok(())
    }
}
