//! Keys that are parked, and what waits behind them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::projection::Key;
use crate::read_model::{Parked, Parking, SelectParked};
use crate::values::{Offset, Position, Timestamp};

/// The parked keys of a model at a place.
#[derive(Default)]
pub(super) struct AllParked {
    keys: BTreeMap<Key, Waiting>,
}

#[derive(Default)]
struct Waiting {
    reason: String,
    attempts: u32,
    next_attempt: Timestamp,
    /// How often somebody asked to try it at once.
    unparked: u32,
    /// Each as its log and its offset. Never empty.
    positions: BTreeSet<(u32, Offset)>,
}

impl AllParked {
    pub(super) fn len(&self) -> u64 {
        self.keys.len() as u64
    }

    pub(super) fn apply(&mut self, parking: Parking) {
        match parking {
            Parking::Failed {
                key,
                position,
                reason,
                attempts,
                next_attempt,
            } => {
                let waiting = self.keys.entry(key).or_default();
                waiting.positions.insert(parts(position));
                waiting.reason = reason;
                waiting.attempts = attempts;
                waiting.next_attempt = next_attempt;
            }
            Parking::Queued { key, position } => {
                let waiting = self.keys.entry(key).or_default();
                waiting.positions.insert(parts(position));
            }
            Parking::Done { key, through } => self.done(&key, through),
        }
    }

    fn done(&mut self, key: &Key, through: Position) {
        let Some(waiting) = self.keys.get_mut(key) else {
            return;
        };
        let is_done = |(log, offset)| log == through.log() && offset <= through.offset();
        waiting.positions.retain(|position| !is_done(*position));
        waiting.attempts = 0;
        if waiting.positions.is_empty() {
            self.keys.remove(key);
        }
    }

    pub(super) fn select(&self, select: SelectParked) -> Vec<Parked> {
        match select {
            SelectParked::After { after, limit } => {
                let from = after.map_or(Bound::Unbounded, Bound::Excluded);
                let after = self.keys.range((from, Bound::Unbounded));
                after.take(limit).map(parked).collect()
            }
            SelectParked::Unparked => {
                let unparked = self.keys.iter().filter(|(_, waiting)| waiting.unparked > 0);
                unparked.map(parked).collect()
            }
            SelectParked::Behind { first, last } => {
                let is_range = first.compare(last).is_some_and(Ordering::is_le);
                let range = parts(first)..=parts(last);
                let waits = |waiting: &Waiting| {
                    is_range && waiting.positions.range(range.clone()).next().is_some()
                };
                let behind = self.keys.iter().find(|(_, waiting)| waits(waiting));
                behind.map(parked).into_iter().collect()
            }
        }
    }

    pub(super) fn waiting(&self, key: &Key, limit: usize) -> Vec<Position> {
        let positions = self.keys.get(key).map(|waiting| &waiting.positions);
        let positions = positions.into_iter().flatten();
        positions.take(limit).copied().map(position).collect()
    }

    pub(super) fn unpark(&mut self, key: Option<&Key>) -> u64 {
        let mut marked = 0;
        for (parked, waiting) in &mut self.keys {
            if key.is_none_or(|key| key == parked) {
                waiting.unparked = waiting.unparked.saturating_add(1);
                marked += 1;
            }
        }
        marked
    }
}

fn parts(position: Position) -> (u32, Offset) {
    (position.log(), position.offset())
}

fn position((log, offset): (u32, Offset)) -> Position {
    Position::new(offset.get()).in_log(log)
}

fn parked((key, waiting): (&Key, &Waiting)) -> Parked {
    Parked {
        key: key.clone(),
        position: waiting
            .positions
            .first()
            .copied()
            .map_or(Position::START, position),
        reason: waiting.reason.clone(),
        attempts: waiting.attempts,
        next_attempt: waiting.next_attempt,
        waiting: waiting.positions.len() as u64,
        unparked: waiting.unparked,
    }
}
