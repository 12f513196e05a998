//! The parked keys of a model, with their queues.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::engine::models::{ParkedKey, ParkedPlan};
use crate::projection::Key;
use crate::read_model::{Parked, Parking, SelectParked};
use crate::values::{Offset, Position};

/// The parked keys of one generation of a model.
#[derive(Default)]
pub(super) struct ParkedKeys {
    rows: BTreeMap<Key, ParkedKey>,
    /// A key of each row, and none is empty.
    queues: BTreeMap<Key, Queue>,
}

/// Positions of events, each as its log and its offset.
type Queue = BTreeSet<(u32, Offset)>;

impl ParkedKeys {
    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(super) fn apply(&mut self, parking: Parking) {
        let known = self.rows.get(parking.key()).cloned();
        match ParkedKey::plan(known, parking) {
            ParkedPlan::Enqueue { key, position, row } => {
                if let Some(row) = row {
                    self.rows.insert(key.clone(), row);
                }
                self.queues.entry(key).or_default().insert(parts(position));
            }
            ParkedPlan::Dequeue { key, through, row } => {
                let first = self.dequeue(&key, through);
                if let Some(row) = row.and_then(|row| row.retried(first)) {
                    self.rows.insert(key, row);
                } else {
                    self.rows.remove(&key);
                    self.queues.remove(&key);
                }
            }
        }
    }

    /// Removes the events up to a position from a queue, and returns the first one that is left.
    fn dequeue(&mut self, key: &Key, through: Position) -> Option<Position> {
        let queue = self.queues.get_mut(key)?;
        let is_done = |(log, offset)| log == through.log() && offset <= through.offset();
        queue.retain(|position| !is_done(*position));
        queue.first().copied().map(position)
    }

    pub(super) fn select(&self, select: SelectParked) -> Vec<Parked> {
        match select {
            SelectParked::After { after, limit } => {
                let from = after.map_or(Bound::Unbounded, Bound::Excluded);
                let rows = self.rows.range((from, Bound::Unbounded));
                rows.take(limit).map(|(_, row)| self.parked(row)).collect()
            }
            SelectParked::Unparked => {
                let unparked = self.rows.values().filter(|row| row.unparked > 0);
                unparked.map(|row| self.parked(row)).collect()
            }
            SelectParked::Behind { first, last } => {
                let is_range = first.compare(last).is_some_and(Ordering::is_le);
                let range = parts(first)..=parts(last);
                let waits = |row: &&ParkedKey| {
                    let queue = &self.queues[&row.key];
                    is_range && queue.range(range.clone()).next().is_some()
                };
                let behind = self.rows.values().find(waits);
                behind.map(|row| self.parked(row)).into_iter().collect()
            }
        }
    }

    fn parked(&self, row: &ParkedKey) -> Parked {
        let waiting = self.queues[&row.key].len() as u64;
        row.clone().into_parked(waiting)
    }

    pub(super) fn waiting(&self, key: &Key, limit: usize) -> Vec<Position> {
        let queue = self.queues.get(key).into_iter().flatten();
        queue.take(limit).copied().map(position).collect()
    }

    pub(super) fn unpark(&mut self, key: Option<&Key>) -> u64 {
        let rows = self.rows.values_mut();
        let mut asked = 0;
        for row in rows.filter(|row| key.is_none_or(|key| *key == row.key)) {
            row.unpark();
            asked += 1;
        }
        asked
    }
}

fn parts(position: Position) -> (u32, Offset) {
    (position.log(), position.offset())
}

fn position((log, offset): (u32, Offset)) -> Position {
    Position::new(offset.get()).in_log(log)
}
