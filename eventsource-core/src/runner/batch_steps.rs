//! What the events of a batch mean, and which of it waits.

use super::{ParkedKeys, ProjectionError};
use crate::bus::Batch;
use crate::event::Undecodable;
use crate::projection::{EventProjection, Key, Step, Steps};
use crate::read_model::Parking;

/// Steps, each with the number of its event or changed row.
pub(super) type Turns<P> = Vec<(usize, Step<P>)>;

/// What the events mean.
pub(super) fn read<P: EventProjection>(batch: &Batch) -> Result<Turns<P>, ProjectionError> {
    let (mut steps, mut turns) = (Steps::default(), Vec::new());
    for (turn, event) in batch.events().enumerate() {
        P::read(&event, &mut steps).map_err(|source| Undecodable::new(&event, source))?;
        turns.resize(steps.len(), turn);
    }
    Ok(turns.into_iter().zip(steps.into_vec()).collect())
}

/// Takes the steps of keys that are parked out of the others; they wait.
pub(super) fn queued<P>(steps: &mut Turns<P>, parked: &ParkedKeys) -> Vec<Parking> {
    let mut queued: Vec<Parking> = Vec::new();
    if parked.is_empty() {
        return queued;
    }
    for (_, step) in &mut *steps {
        let position = step.at;
        step.keys.retain(|key| {
            let waits = parked.contains(key);
            // An event may mean several things to a key.
            let mut of_event = queued
                .iter()
                .rev()
                .take_while(|it| it.position() == position);
            if waits && !of_event.any(|it| it.key() == key) {
                let key = key.clone();
                queued.push(Parking::Queued { key, position });
            }
            !waits
        });
    }
    steps.retain(|(_, step)| !step.keys.is_empty());
    queued
}

/// What waits no more, and what failed.
pub(super) fn tried(
    key: &Key,
    batch: &Batch,
    parking: Vec<Parking>,
    only: Option<usize>,
) -> Vec<Parking> {
    let failed = parking
        .into_iter()
        .find(|it| matches!(it, Parking::Failed { .. }));
    let mut positions = batch.events().map(|event| event.position);
    let through = match (&failed, only) {
        (Some(failed), _) => positions
            .take_while(|at| at.offset() < failed.position().offset())
            .last(),
        (None, Some(only)) => positions.nth(only),
        (None, None) => positions.last(),
    };
    let done = through.map(|through| Parking::Done {
        key: key.clone(),
        through,
    });
    done.into_iter().chain(failed).collect()
}
