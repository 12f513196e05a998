//! Parked keys, and the events that wait behind them.

use std::cmp::Ordering;

use crate::projection::Key;
use crate::read_model::{Parked, Parking};
use crate::values::{Position, Timestamp};

/// The stored row of a parked key. The queue of the key has the positions of the events that wait; a key
/// is parked as long as its queue is not empty.
///
/// [Example](crate::engine::models#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store has to keep all of it")]
pub struct ParkedKey {
    /// The key.
    pub key: Key,
    /// The position of the first event that waits.
    pub position: Position,
    /// The error of that event, or of the one before it.
    pub reason: String,
    /// The number of attempts at the event.
    pub attempts: u32,
    /// The time of the next attempt.
    pub next_attempt: Timestamp,
    /// The number of requests to unpark the key.
    pub unparked: u32,
}

/// The changes of a parked key and its queue that a store makes.
///
/// [Example](crate::engine::models#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to make each of them")]
pub enum ParkedPlan {
    /// Adds an event to the queue, unless it is there.
    Enqueue {
        /// The key of the queue.
        key: Key,
        /// The position of the event.
        position: Position,
        /// The row to store; `None` if it stays as it is.
        row: Option<ParkedKey>,
    },
    /// Removes events from the queue.
    Dequeue {
        /// The key of the queue.
        key: Key,
        /// The position of the last event that is removed.
        through: Position,
        /// The row before. The store replaces it by the result of [`ParkedKey::retried`].
        row: Option<ParkedKey>,
    },
}

impl ParkedKey {
    /// A key whose event at this position waits, and was not tried.
    #[must_use]
    pub const fn new(key: Key, position: Position) -> Self {
        Self {
            key,
            position,
            reason: String::new(),
            attempts: 0,
            next_attempt: Timestamp::from_micros(0),
            unparked: 0,
        }
    }

    /// Decides the changes of a key and its queue; `known` is the row of the key, if it is parked.
    #[must_use]
    pub fn plan(known: Option<Self>, parking: Parking) -> ParkedPlan {
        match parking {
            Parking::Failed {
                key,
                position,
                reason,
                attempts,
                next_attempt,
            } => {
                let row = Self {
                    position: first_of(position, known.as_ref()),
                    key: key.clone(),
                    reason,
                    attempts,
                    next_attempt,
                    unparked: known.map_or(0, |known| known.unparked),
                };
                let row = Some(row);
                ParkedPlan::Enqueue { key, position, row }
            }
            Parking::Queued { key, position } => {
                let row = known.is_none().then(|| Self::new(key.clone(), position));
                ParkedPlan::Enqueue { key, position, row }
            }
            Parking::Done { key, through } => ParkedPlan::Dequeue {
                key,
                through,
                row: known,
            },
        }
    }

    /// The row after events were removed from the queue, whose first event is now at this position; `None`
    /// if the queue is empty, so that the key is free.
    #[must_use]
    pub fn retried(self, first: Option<Position>) -> Option<Self> {
        first.map(|position| Self {
            position,
            attempts: 0,
            ..self
        })
    }

    /// Counts a request to unpark the key.
    pub fn unpark(&mut self) {
        self.unparked = self.unparked.saturating_add(1);
    }

    /// The key as readers see it, behind which so many events wait.
    #[must_use]
    pub fn into_parked(self, waiting: u64) -> Parked {
        Parked {
            key: self.key,
            position: self.position,
            reason: self.reason,
            attempts: self.attempts,
            next_attempt: self.next_attempt,
            waiting,
            unparked: self.unparked,
        }
    }
}

/// The first of the events that wait, one of which is at this position.
fn first_of(position: Position, known: Option<&ParkedKey>) -> Position {
    let earlier = known.map(|known| known.position);
    let earlier = earlier.filter(|it| it.compare(position) == Some(Ordering::Less));
    earlier.unwrap_or(position)
}
