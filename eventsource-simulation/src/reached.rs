//! The check of programs that wait for rows.

use eventsource_core::read_model::{Generation, ModelId};
use eventsource_core::{Horizon, Projection, ReadModelStore};

use crate::disk::at_once;
use crate::process::Process;

/// Looks whether the rows of `P` hold everything up to a horizon, of the history that the log has.
/// Nothing is said once the log was taken back after so many `losses`: the wait may have ended before.
pub(crate) fn reached<P: Projection>(process: &Process, losses: u64, horizon: Horizon) {
    let world = process.world();
    if losses != world.events.losses() {
        return;
    }
    world.observer.count("reached");
    let models = world.models();
    let progress = at_once(models.progress(ModelId::of::<P>(), Generation::Serving));
    let progress = progress.ok().flatten();
    let at = progress.map_or(Horizon::START, |progress| progress.checkpoint.at);
    let is_behind = at.position().offset() < horizon.position().offset();
    if is_behind || !world.events.has(at) {
        let wanted = horizon.position();
        let lost = if is_behind {
            ""
        } else {
            ", which the log has lost"
        };
        let message = format!(
            "`{}` was told to be at {wanted}, and is at {at}{lost}",
            P::NAME
        );
        world.observer.fail(world.elapsed(), "reached", message);
    }
}
