//! Attempts rise.

use std::collections::HashMap;

use uuid::Uuid;

use super::Checker;
use crate::observation::{Moment, Observation};

/// A delivery that comes again has an attempt above 1, and no attempt is below an earlier one, unless
/// the count was lost with the rows.
#[derive(Default)]
pub(crate) struct Attempts(HashMap<Uuid, u32>);

impl Checker for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Effect(effect) => {
                let (id, attempt) = (effect.delivery, effect.attempt);
                if let Some(before) = self.0.insert(id, attempt)
                    && (attempt == 1 || attempt < before)
                {
                    let (name, position) = (effect.name, effect.position);
                    return Err(format!(
                        "`{name}` is told that the delivery of {position} is attempt {attempt}, \
                         after attempt {before}"
                    ));
                }
            }
            Observation::RowsLost => self.0.clear(),
            _ => {}
        }
        Ok(())
    }
}
