//! Parked keys, and when each is retried.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use super::ProjectionError;
use crate::projection::{Key, ToKey};
use crate::read_model::{Model, Parked, Parking};
use crate::values::{Position, Timestamp};

/// If more keys fail than this, the cause is unlikely to be the events, and the projection stops.
pub(crate) const MAX_PARKED_KEYS: usize = 10_000;
/// The backoff after a failure doubles from the first to the second.
const MIN_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(5 * 60);

/// The parked keys of a model, whose events wait.
///
/// ```
/// use eventsource_core::Key;
/// use eventsource_core::runner::ParkedKeys;
///
/// assert!(!ParkedKeys::default().contains(&Key::of("tea")));
/// ```
#[derive(Debug, Default)]
pub struct ParkedKeys {
    keys: HashMap<Key, RetryState>,
    /// The keys by the time of their next retry.
    order: BTreeSet<(Instant, Key)>,
    /// The number of keys that have not failed since they were due at once.
    untried: usize,
}

/// The retries of the first event that waits behind a key.
#[derive(Clone, Copy, Debug)]
struct RetryState {
    position: Position,
    attempts: u32,
    due: Instant,
    /// The number of requests to unpark the key that were noticed.
    unparked: u32,
    /// Whether the key has failed since it was last due at once.
    has_failed: bool,
}

/// A key whose first event is due for a retry.
#[derive(Debug)]
pub(super) struct DueRetry {
    pub(super) key: Key,
    /// The number of attempts at the first event so far.
    pub(super) attempts: u32,
}

impl ParkedKeys {
    /// Whether events of this key wait.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        !self.keys.is_empty() && self.keys.contains_key(key)
    }

    /// Whether events of the key of this value wait.
    pub(super) fn contains_value<K: ToKey + ?Sized>(&self, value: &K) -> bool {
        !self.keys.is_empty() && self.contains(&Key::of(value))
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is parked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds stored keys, which are due at this time.
    pub(super) fn add(&mut self, stored: Vec<Parked>, due: Instant) {
        for parked in stored {
            let retry = RetryState {
                position: parked.position,
                attempts: parked.attempts,
                due,
                unparked: parked.unparked,
                has_failed: false,
            };
            self.set(parked.key, retry);
        }
    }

    /// Makes a key due at this time if a user has unparked it since it was last read.
    pub(super) fn unpark(&mut self, parked: &Parked, due: Instant) {
        if let Some(retry) = self.keys.get(&parked.key).copied()
            && retry.unparked < parked.unparked
        {
            let retry = RetryState {
                due,
                unparked: parked.unparked,
                has_failed: false,
                ..retry
            };
            self.set(parked.key.clone(), retry);
        }
    }

    /// The key that has been due for the longest time, if any is.
    pub(super) fn next_due(&self, now: Instant) -> Option<DueRetry> {
        let (due, key) = self.order.first()?;
        (*due <= now).then(|| DueRetry {
            key: key.clone(),
            attempts: self.keys.get(key).map_or(0, |retry| retry.attempts),
        })
    }

    /// The time at which the next key is due.
    pub(super) fn next_retry(&self) -> Option<Instant> {
        self.order.first().map(|(due, _)| *due)
    }

    /// Whether each key has failed since it was last due at once.
    pub(super) fn have_all_failed(&self) -> bool {
        self.untried == 0
    }

    /// Records the keys that failed, and adds the number of attempts and the time of the next one.
    ///
    /// # Errors
    ///
    /// [`ProjectionError::TooManyParked`].
    pub(super) fn record(
        &mut self,
        model: &Model,
        parking: &mut [Parking],
        (now, instant): (Timestamp, Instant),
    ) -> Result<(), ProjectionError> {
        for parking in parking {
            let Parking::Failed {
                key,
                position,
                reason,
                attempts,
                next_attempt,
            } = parking
            else {
                continue;
            };
            Parked::cut(reason);
            let is_new = self.attempts_at(key, *position) == 0;
            let backoff = self.record_failure(key, *position, attempts, instant);
            *next_attempt = add(now, backoff);
            if is_new {
                tracing::warn!(projection = %model, %position, reason, "a key is parked");
            }
            if self.keys.len() > MAX_PARKED_KEYS {
                return Err(ProjectionError::TooManyParked {
                    model: model.to_string(),
                    most: MAX_PARKED_KEYS,
                    position: *position,
                    reason: reason.clone(),
                });
            }
        }
        Ok(())
    }

    /// The number of attempts at the event at this position, if the key is parked at it.
    fn attempts_at(&self, key: &Key, position: Position) -> u32 {
        let is_first = |retry: &&RetryState| retry.position == position;
        let retry = self.keys.get(key).filter(is_first);
        retry.map_or(0, |retry| retry.attempts)
    }

    /// Counts a failure, and returns the backoff before the next attempt.
    fn record_failure(
        &mut self,
        key: &Key,
        position: Position,
        attempts: &mut u32,
        now: Instant,
    ) -> Duration {
        let unparked = self.keys.get(key).map_or(0, |retry| retry.unparked);
        *attempts = match self.attempts_at(key, position) {
            0 => *attempts,
            before => before.saturating_add(1),
        };
        let backoff = backoff(*attempts);
        let retry = RetryState {
            position,
            attempts: *attempts,
            due: now + backoff,
            unparked,
            has_failed: true,
        };
        self.set(key.clone(), retry);
        backoff
    }

    /// Moves a key on to the event at this position, after the ones before it were processed. It is due
    /// after the keys that are due already.
    pub(super) fn advance(&mut self, key: &Key, position: Position, due: Instant) {
        if let Some(retry) = self.keys.get(key).copied() {
            let retry = RetryState {
                position,
                attempts: 0,
                due,
                has_failed: false,
                ..retry
            };
            self.set(key.clone(), retry);
        }
    }

    fn set(&mut self, key: Key, retry: RetryState) {
        self.remove(&key);
        self.untried += usize::from(!retry.has_failed);
        self.order.insert((retry.due, key.clone()));
        self.keys.insert(key, retry);
    }

    /// Removes a key behind which no event waits any more.
    pub(super) fn remove(&mut self, key: &Key) {
        if let Some((key, retry)) = self.keys.remove_entry(key) {
            self.untried -= usize::from(!retry.has_failed);
            self.order.remove(&(retry.due, key));
        }
    }
}

fn backoff(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    MIN_BACKOFF.saturating_mul(doubled).min(MAX_BACKOFF)
}

fn add(time: Timestamp, duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(time.as_micros().saturating_add(micros))
}
