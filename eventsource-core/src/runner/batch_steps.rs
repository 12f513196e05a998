//! The steps of a batch of events.

use super::{ParkedKeys, ProjectionError};
use crate::bus::EventBatch;
use crate::event::UndecodableEvent;
use crate::projection::{EventRows, Key};
use crate::read_model::Parking;
use crate::values::Position;

/// Reads the steps of a batch. The input of a step is the number of its event in the batch.
pub(super) fn read_steps(
    batch: &EventBatch,
    rows: &mut dyn EventRows,
) -> Result<(), ProjectionError> {
    rows.clear_steps();
    for (input, event) in batch.events().enumerate() {
        rows.begin_input(input, event.position);
        let read = rows.read_event(&event);
        read.map_err(|source| UndecodableEvent::new(&event, source))?;
    }
    Ok(())
}

/// The events of a batch that wait because their keys are parked.
pub(super) struct QueuedEvents<'p> {
    parked: &'p ParkedKeys,
    queued: Vec<Parking>,
}

impl<'p> QueuedEvents<'p> {
    pub(super) fn behind(parked: &'p ParkedKeys) -> Self {
        let queued = Vec::new();
        Self { parked, queued }
    }

    /// Adds the event at this position if the key is parked, and returns whether it is.
    pub(super) fn add_if_parked(&mut self, key: &Key, position: Position) -> bool {
        if !self.parked.contains(key) {
            return false;
        }
        // An event may have several steps with one key.
        let queued = self.queued.iter().rev();
        let mut of_event = queued.take_while(|it| it.position() == position);
        if !of_event.any(|it| it.key() == key) {
            let key = key.clone();
            self.queued.push(Parking::Queued { key, position });
        }
        true
    }

    pub(super) fn into_parking(self) -> Vec<Parking> {
        self.queued
    }
}

/// The outcome of a retry of a key: the last event of the batch that does not wait any more, and the
/// event that failed. `only` is the number of the last event that was retried, if it was not the last
/// of the batch.
pub(super) fn retry_outcome(
    key: &Key,
    batch: &EventBatch,
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
