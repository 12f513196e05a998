//! Rows are of one history.

use std::sync::{Arc, Weak};

use super::Checker;
use crate::observation::{Moment, Observation};
use crate::world::World;

/// No model goes on in another history than that of its checkpoint. A log that was taken back and
/// appended to has other events at the same positions. A [`Horizon`](eventsource_core::Horizon) cannot tell two
/// histories apart that have the same commit at the same position, since its caller sent it again. A
/// commit of several events may have another one of them there.
#[derive(Default)]
pub(crate) struct Histories(Weak<World>);

impl Checker for Histories {
    fn name(&self) -> &'static str {
        "histories"
    }

    fn begin(&mut self, world: &Arc<World>) {
        self.0 = Arc::downgrade(world);
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        if let (Observation::Wrote { writer, from, to }, Some(world)) = (seen, self.0.upgrade())
            // What was read before the log went back may be written after it.
            && world.events.has(*to)
            && !world.events.has(*from)
            && !world.events.has_again(*from, *to)
        {
            return Err(format!(
                "{} goes on from {from}, which the log has lost, to {to}",
                writer.id
            ));
        }
        Ok(())
    }
}
