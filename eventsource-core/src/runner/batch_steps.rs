//! The steps of a batch, and which of its events wait.

use super::{ParkedKeys, ProjectionError};
use crate::bus::EventBatch;
use crate::event::UndecodableEvent;
use crate::projection::{EventRows, Key};
use crate::read_model::Parking;
use crate::values::Position;

/// Reads the steps of a batch, each with the number of its event there.
pub(super) fn read(batch: &EventBatch, rows: &mut dyn EventRows) -> Result<(), ProjectionError> {
    rows.clear_steps();
    for (turn, event) in batch.events().enumerate() {
        rows.begin_turn(turn, event.position);
        let read = rows.read_event(&event);
        read.map_err(|source| UndecodableEvent::new(&event, source))?;
    }
    Ok(())
}

/// The events that wait because their keys are parked.
pub(super) struct Queued<'p> {
    parked: &'p ParkedKeys,
    queued: Vec<Parking>,
}

impl<'p> Queued<'p> {
    pub(super) fn behind(parked: &'p ParkedKeys) -> Self {
        let queued = Vec::new();
        Self { parked, queued }
    }

    /// Whether the key is parked; then the event at this position waits behind it.
    pub(super) fn takes(&mut self, key: &Key, position: Position) -> bool {
        if !self.parked.contains(key) {
            return false;
        }
        // An event may mean several things to a key.
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

/// What waits no more, and what failed.
pub(super) fn tried(
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
