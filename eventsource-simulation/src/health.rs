//! Whether a runner notices that it stands still.

use std::collections::BTreeMap;

use eventsource_core::read_model::{Generation, ModelId, StoredModel};
use eventsource_core::{Health, Position, Running};

use crate::disk::at_once;
use crate::fault::FaultKind;
use crate::process::Process;

/// For so many looks, one a second, a runner may say that it is healthy while a model stands still
/// with events ahead: the 5 seconds after which it says so, a lease, and what a take-over needs.
const UNNOTICED: u32 = 12;

/// Looks at the health of a runner, and at what the store knows of its models.
#[derive(Default)]
pub(crate) struct HealthWatch {
    models: BTreeMap<ModelId, Standstill>,
}

#[derive(Default)]
struct Standstill {
    at: Position,
    looks: u32,
}

impl HealthWatch {
    pub(crate) fn look(&mut self, process: &Process, running: &Running) {
        let (world, health) = (process.world(), running.health());
        if let Health::Degraded(reason) | Health::Failing(reason) = &health {
            process.shown(reason);
        }
        let head = world.head().position();
        let hears = hears_of_head(process);
        let stored = at_once(world.models().models()).unwrap_or_default();
        for status in running.status() {
            let is_it =
                |it: &&StoredModel| it.generation == Generation::Serving && it.id == status.id;
            let Some(model) = stored.iter().find(is_it) else {
                continue;
            };
            let at = model.progress.checkpoint.at.position();
            let standstill = self.models.entry(status.id.clone()).or_default();
            let stands = standstill.at == at && at.offset() < head.offset();
            standstill.at = at;
            let is_unnoticed = stands && health == Health::Healthy && hears;
            standstill.looks = if is_unnoticed {
                standstill.looks + 1
            } else {
                0
            };
            if standstill.looks > UNNOTICED {
                let (id, name) = (process.id(), &status.id.name);
                let message = format!(
                    "{id} says that it is healthy, and `{name}` has stood at {at} of {head} for \
                     {UNNOTICED} s"
                );
                world.observer.fail(world.elapsed(), "health", message);
            }
        }
    }
}

/// Whether a process hears of the head of the log. One that is cut off cannot know that events wait; what it
/// has to notice then counts from the moment at which it learns of the head.
fn hears_of_head(process: &Process) -> bool {
    let (world, id) = (process.world(), process.id());
    let is_clogged = world.windows.is_open(FaultKind::Clog, id.index);
    !is_clogged && !world.backend.is_cut_off(world, id)
}
