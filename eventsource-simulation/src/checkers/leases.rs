//! One writer at a time.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use eventsource_core::read_model::{Claim, Generation, ModelId, Writer};
use uuid::Uuid;

use super::Checker;
use crate::observation::{Moment, Observation};
use crate::process_id::ProcessId;

/// No write comes under an old epoch, and a lease does not change hands while its owner lives and is
/// not held up.
#[derive(Default)]
pub(crate) struct Leases {
    holders: HashMap<(ModelId, Generation), Holder>,
    killed: HashSet<ProcessId>,
    /// When a process was last held up, and how many faults hold it up now.
    troubles: HashMap<u16, (u32, Duration)>,
}

struct Holder {
    process: ProcessId,
    owner: Uuid,
    epoch: u64,
    ttl: Duration,
    /// Whether the process knows that it has the lease. The answer to a claim may be lost while the process
    /// is held up; a write shows that it has arrived.
    is_known: bool,
    is_released: bool,
}

impl Leases {
    fn claim(&mut self, moment: Moment, claim: &Claim, epoch: u64) -> Result<(), String> {
        let key = (claim.model.id.clone(), claim.generation);
        if let Some(holder) = self.holders.get(&key)
            && claim.generation == Generation::Serving
            && holder.owner != claim.owner
            && !holder.is_released
            && self.is_well(moment, holder)
        {
            let (model, from, to) = (&claim.model, holder.process, moment.process);
            return Err(format!("{to} takes {model} over from {from}, which lives"));
        }
        let holder = Holder {
            process: moment.process,
            owner: claim.owner,
            epoch,
            ttl: claim.ttl,
            is_known: !self.is_held_up(moment.process.index),
            is_released: false,
        };
        self.holders.insert(key, holder);
        Ok(())
    }

    /// Whether nothing has kept the holder from renewing its lease of late.
    fn is_well(&self, moment: Moment, holder: &Holder) -> bool {
        if self.killed.contains(&holder.process) || !holder.is_known {
            return false;
        }
        let is_over = |process: &u16| match self.troubles.get(process) {
            Some((1.., _)) => false,
            Some((0, last)) => *last + holder.ttl * 2 < moment.elapsed,
            None => true,
        };
        // What holds the simulation up holds all processes up.
        let everyone = ProcessId::SIMULATION.index;
        [holder.process.index, everyone].iter().all(is_over)
    }

    fn is_held_up(&self, process: u16) -> bool {
        let trouble = self.troubles.get(&process);
        trouble.is_some_and(|(faults, _)| *faults > 0)
    }

    fn write(&mut self, moment: Moment, writer: &Writer) -> Result<(), String> {
        let (id, epoch) = (&writer.id, writer.epoch);
        let Some(holder) = self.holders.get_mut(&key(writer)) else {
            return Ok(());
        };
        if holder.epoch != epoch {
            return Err(format!(
                "{} writes {id} under epoch {epoch}, and {} has epoch {}",
                moment.process, holder.process, holder.epoch
            ));
        }
        holder.is_known = true;
        Ok(())
    }

    fn trouble(&mut self, moment: Moment, change: i32) {
        let (count, last) = self.troubles.entry(moment.process.index).or_default();
        *count = count.saturating_add_signed(change);
        *last = moment.elapsed;
    }
}

impl Checker for Leases {
    fn name(&self) -> &'static str {
        "leases"
    }

    fn observe(&mut self, moment: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::ClaimOutcome { claim, epoch } => return self.claim(moment, claim, *epoch),
            Observation::Wrote { writer, .. } => return self.write(moment, writer),
            Observation::Released(writer) => {
                if let Some(holder) = self.holders.get_mut(&key(writer)) {
                    holder.is_released |= holder.epoch == writer.epoch;
                }
            }
            Observation::Switched { id, epoch } => {
                let key = |generation| ((*id).clone(), generation);
                if let Some(mut holder) = self.holders.remove(&key(Generation::Rebuilding)) {
                    holder.epoch = *epoch;
                    self.holders.insert(key(Generation::Serving), holder);
                }
            }
            Observation::RowsLost => self.holders.clear(),
            Observation::Held(true) => self.trouble(moment, 1),
            Observation::Held(false) => self.trouble(moment, -1),
            Observation::Killed => drop(self.killed.insert(moment.process)),
            _ => {}
        }
        Ok(())
    }
}

fn key(writer: &Writer) -> (ModelId, Generation) {
    (writer.id.clone(), writer.generation)
}
