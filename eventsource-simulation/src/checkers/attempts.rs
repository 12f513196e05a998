//! Attempts rise.

use std::collections::HashMap;

use eventsource_core::read_model::ModelKind;
use uuid::Uuid;

use super::Checker;
use crate::observation::{Moment, Observation};

/// A delivery that comes again has an attempt above 1, and no attempt is below an earlier one, unless
/// the count was lost with the rows. Retries of parked streams that are cut off are not counted, so
/// that nothing is said once a stream was parked.
#[derive(Default)]
pub(crate) struct Attempts {
    seen: HashMap<Uuid, u32>,
    was_parked: bool,
}

impl Checker for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Effect(effect) if !self.was_parked => {
                let (id, attempt) = (effect.delivery, effect.attempt);
                if let Some(before) = self.seen.insert(id, attempt)
                    && (attempt == 1 || attempt < before)
                {
                    let (name, position) = (effect.name, effect.position);
                    return Err(format!(
                        "`{name}` is told that the delivery of {position} is attempt {attempt}, \
                         after attempt {before}"
                    ));
                }
            }
            Observation::Wrote {
                model,
                is_parking: true,
                ..
            } => self.was_parked |= model.kind() == ModelKind::Reactor,
            Observation::RowsLost => self.seen.clear(),
            _ => {}
        }
        Ok(())
    }
}
