//! The times of events.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use eventsource_core::{Offset, Position, Receipt, StreamId, Timestamp};
use uuid::Uuid;

use super::{Checker, End};
use crate::history::each_page;
use crate::observation::{Moment, Observation};
use crate::world::World;

/// A commit has the time of a clock that a process has had since the commit was sent, or that of the last event
/// of one of its streams; and times never decrease along a stream.
#[derive(Default)]
pub(crate) struct Times {
    world: Weak<World>,
    /// When each commit was sent first. A store may date it then, and store it once it has its lock.
    issued: HashMap<Uuid, Duration>,
    /// The time of each commit of a stream, and where the stream stood after it.
    streams: HashMap<StreamId, Vec<(Offset, Timestamp)>>,
}

impl Times {
    fn check(&self, world: &World, moment: Moment, receipt: &Receipt) -> Result<(), String> {
        let (dated, position) = (receipt.recorded_at, receipt.last);
        let mut lasts = receipt.revisions.iter().filter_map(|(stream, _)| {
            let last = self.streams.get(stream)?.last();
            last.map(|(_, time)| *time)
        });
        let issued = self.issued.get(&receipt.commit_id).copied();
        let issued = issued.unwrap_or(moment.elapsed);
        let is_near = world.clock.is_near(dated, issued, moment.elapsed);
        if is_near || lasts.any(|last| last == dated) {
            return Ok(());
        }
        let right = world.clock.right(moment.elapsed);
        let off = dated.as_micros().abs_diff(right.as_micros()) / 1_000_000;
        Err(format!(
            "{position} is dated {dated}, {off} s off, which neither a clock nor its streams say"
        ))
    }

    fn add(&mut self, receipt: &Receipt) {
        for (stream, revision) in &receipt.revisions {
            let stream = self.streams.entry(stream.clone()).or_default();
            stream.push((revision.position().offset(), receipt.recorded_at));
        }
    }

    fn lose(&mut self, head: Position) {
        for stream in self.streams.values_mut() {
            let kept = stream.partition_point(|(offset, _)| *offset <= head.offset());
            stream.truncate(kept);
        }
    }
}

impl Checker for Times {
    fn name(&self) -> &'static str {
        "times"
    }

    fn begin(&mut self, world: &Arc<World>) {
        self.world = Arc::downgrade(world);
    }

    fn observe(&mut self, moment: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match (seen, self.world.upgrade()) {
            (Observation::Stored(receipt), Some(world)) => {
                let checked = self.check(&world, moment, receipt);
                self.add(receipt);
                return checked;
            }
            (Observation::Issued(commit), _) => {
                self.issued.entry(commit.id).or_insert(moment.elapsed);
            }
            // It has the time of another system.
            (Observation::Imported(receipt), _) => self.add(receipt),
            (Observation::EventsLost { head } | Observation::Recovered { head }, _) => {
                self.lose(*head);
            }
            _ => {}
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
