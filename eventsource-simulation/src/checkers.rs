//! The checks that have to hold in every run.

mod attempts;
mod canary;
mod conflicts;
mod durable;
mod effects;
mod histories;
mod invariant;
mod leases;
mod reading;
mod rows;
mod sources;
mod times;

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::MemoryStore;
use eventsource_core::read_model::ModelId;

use crate::observation::{Moment, Observation};
use crate::world::World;
pub(crate) use attempts::Attempts;
pub(crate) use canary::Canary;
pub(crate) use conflicts::Conflicts;
pub(crate) use durable::Durable;
pub(crate) use effects::Effects;
pub(crate) use histories::Histories;
pub(crate) use invariant::Invariant;
pub(crate) use leases::Leases;
pub(crate) use reading::Reading;
pub(crate) use rows::RowsEqualFold;
pub(crate) use sources::Sources;
pub(crate) use times::Times;

/// Looks at a run for one promise. Its work is linear in what happens.
pub(crate) trait Checker: Send {
    fn name(&self) -> &'static str;

    /// Sees the world of the run before it begins.
    fn begin(&mut self, _: &Arc<World>) {}

    /// Looks at a moment of the run.
    fn observe(&mut self, _: Moment, _: &Observation<'_>) -> Result<(), String> {
        Ok(())
    }

    /// The model, by name and version, that has to be at the head before the end.
    fn model(&self) -> Option<ModelId> {
        None
    }

    /// Looks at what the run came to.
    fn finish(&mut self, _: &End<'_>) -> Result<(), String> {
        Ok(())
    }
}

/// The outcome of a run.
pub(crate) struct End<'a> {
    pub(crate) world: &'a World,
    pub(crate) events: MemoryStore,
}

/// A promise that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) checker: &'static str,
    pub(crate) at: Duration,
    pub(crate) message: String,
}

impl Violation {
    pub(crate) fn new(checker: &'static str, at: Duration, message: String) -> Self {
        Self {
            checker,
            at,
            message,
        }
    }
}
