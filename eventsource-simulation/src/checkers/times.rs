//! The times of events.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use eventsource_core::{StreamId, Timestamp};

use super::{Checker, End};
use crate::history::each_page;
use crate::observation::{Moment, Observation};
use crate::world::World;

/// With right clocks, a commit is dated within a minute; and times never decrease along a stream.
#[derive(Default)]
pub(crate) struct Times {
    world: Weak<World>,
    /// Whether a process has seen a wrong date so far.
    was_wrong: bool,
}

impl Checker for Times {
    fn name(&self) -> &'static str {
        "times"
    }

    fn begin(&mut self, world: &Arc<World>) {
        self.world = Arc::downgrade(world);
    }

    fn observe(&mut self, moment: Moment, seen: &Observation<'_>) -> Result<(), String> {
        let Observation::Stored(receipt) = seen else {
            return Ok(());
        };
        let Some(world) = self.world.upgrade() else {
            return Ok(());
        };
        self.was_wrong |= world.clock.is_wrong();
        let right = world.clock.right(moment.elapsed).as_micros();
        let off = receipt.recorded_at.as_micros().abs_diff(right);
        if !self.was_wrong && off > world.clock.tolerance().unsigned_abs() {
            let (last, dated) = (receipt.last, receipt.recorded_at);
            return Err(format!(
                "no clock was ever wrong, and {last} is dated {dated}, {} s off",
                off / 1_000_000
            ));
        }
        Ok(())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<(), String> {
        let (mut last, mut problem) = (HashMap::<StreamId, Timestamp>::new(), None);
        each_page(&end.events, |page| {
            for event in page.events() {
                let now = event.commit.recorded_at;
                match last.get_mut(event.stream) {
                    Some(before) if *before > now => {
                        problem.get_or_insert(event.position);
                    }
                    Some(before) => *before = now,
                    None => drop(last.insert(event.stream.clone(), now)),
                }
            }
        });
        problem.map_or(Ok(()), |position| {
            Err(format!(
                "{position} is dated before the event before it in its stream"
            ))
        })
    }
}
