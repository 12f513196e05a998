//! Which keys are parked, and when they are tried again.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use super::ProjectionError;
use crate::projection::{Key, ToKey};
use crate::read_model::{Model, Parked, Parking};
use crate::values::{Position, Timestamp};

/// More keys are not parked: then it is not the events.
pub(crate) const MOST: usize = 10_000;
/// How long it is waited after the first failure, and after many.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The keys of a model that are parked, so that their events wait.
///
/// ```
/// use eventsource_core::Key;
/// use eventsource_core::runner::ParkedKeys;
///
/// assert!(!ParkedKeys::default().contains(&Key::of("tea")));
/// ```
#[derive(Debug, Default)]
pub struct ParkedKeys {
    keys: HashMap<Key, Failing>,
    /// In the order in which they are to be tried.
    order: BTreeSet<(Instant, Key)>,
    /// How many have not failed since they were to be tried at once.
    untried: usize,
}

/// How the first event that waits behind a key is doing.
#[derive(Clone, Copy, Debug)]
struct Failing {
    position: Position,
    attempts: u32,
    due: Instant,
    /// How often somebody has unparked the key.
    unparked: u32,
    /// Whether it has failed since it was to be tried at once.
    has_failed: bool,
}

/// A key that is to be tried now.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) key: Key,
    /// How often the first event was tried.
    pub(super) attempts: u32,
}

impl ParkedKeys {
    /// Whether events of this key wait.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        !self.keys.is_empty() && self.keys.contains_key(key)
    }

    /// The same, of the key that a value makes.
    pub(super) fn contains_value<K: ToKey + ?Sized>(&self, value: &K) -> bool {
        !self.keys.is_empty() && self.contains(&Key::of(value))
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds keys that are stored, to be tried at once.
    pub(super) fn add(&mut self, stored: Vec<Parked>, due: Instant) {
        for parked in stored {
            let failing = Failing {
                position: parked.position,
                attempts: parked.attempts,
                due,
                unparked: parked.unparked,
                has_failed: false,
            };
            self.set(parked.key, failing);
        }
    }

    /// Lets a key be tried at once that somebody has unparked.
    pub(super) fn hurry(&mut self, parked: &Parked, due: Instant) {
        if let Some(failing) = self.keys.get(&parked.key).copied()
            && failing.unparked < parked.unparked
        {
            let failing = Failing {
                due,
                unparked: parked.unparked,
                has_failed: false,
                ..failing
            };
            self.set(parked.key.clone(), failing);
        }
    }

    /// The key that has waited longest to be tried, if one is to be tried now.
    pub(super) fn due(&self, now: Instant) -> Option<Due> {
        let (at, key) = self.order.first()?;
        (*at <= now).then(|| Due {
            key: key.clone(),
            attempts: self.keys.get(key).map_or(0, |failing| failing.attempts),
        })
    }

    /// When the next key is to be tried.
    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Whether each key was tried, and failed.
    pub(super) fn have_failed(&self) -> bool {
        self.untried == 0
    }

    /// Notes what fails, and adds to it how often and when it is tried again.
    ///
    /// # Errors
    ///
    /// [`ProjectionError::TooManyParked`].
    pub(super) fn note(
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
            let is_new = self.failures(key, *position) == 0;
            let pause = self.failed(key, *position, attempts, instant);
            *next_attempt = later(now, pause);
            if is_new {
                tracing::warn!(projection = %model, %position, reason, "a key is parked");
            }
            if self.keys.len() > MOST {
                return Err(ProjectionError::TooManyParked {
                    model: model.to_string(),
                    most: MOST,
                    position: *position,
                    reason: reason.clone(),
                });
            }
        }
        Ok(())
    }

    /// How often the event at this position has failed, as far as it is parked.
    fn failures(&self, key: &Key, position: Position) -> u32 {
        let of_event = |failing: &&Failing| failing.position == position;
        let failing = self.keys.get(key).filter(of_event);
        failing.map_or(0, |failing| failing.attempts)
    }

    /// How long it is waited until it is tried again.
    fn failed(
        &mut self,
        key: &Key,
        position: Position,
        attempts: &mut u32,
        now: Instant,
    ) -> Duration {
        let unparked = self.keys.get(key).map_or(0, |failing| failing.unparked);
        *attempts = match self.failures(key, position) {
            0 => *attempts,
            failures => failures.saturating_add(1),
        };
        let pause = pause(*attempts);
        let failing = Failing {
            position,
            attempts: *attempts,
            due: now + pause,
            unparked,
            has_failed: true,
        };
        self.set(key.clone(), failing);
        pause
    }

    /// Notes that the events before this one do not wait any more; the key goes on, after others
    /// that are to be tried.
    pub(super) fn goes_on(&mut self, key: &Key, position: Position, due: Instant) {
        if let Some(failing) = self.keys.get(key).copied() {
            let failing = Failing {
                position,
                attempts: 0,
                due,
                has_failed: false,
                ..failing
            };
            self.set(key.clone(), failing);
        }
    }

    fn set(&mut self, key: Key, failing: Failing) {
        self.free(&key);
        self.untried += usize::from(!failing.has_failed);
        self.order.insert((failing.due, key.clone()));
        self.keys.insert(key, failing);
    }

    /// Notes that nothing waits behind the key.
    pub(super) fn free(&mut self, key: &Key) {
        if let Some((key, failing)) = self.keys.remove_entry(key) {
            self.untried -= usize::from(!failing.has_failed);
            self.order.remove(&(failing.due, key));
        }
    }
}

fn pause(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_add(micros))
}
