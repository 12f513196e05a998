//! How a projection is doing.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::Health;
use super::cursor::Step;
use crate::read_model::{Model, RunState};
use crate::values::Position;

/// So often a model may not change hands without moving.
const TAKEOVERS: u32 = 2;
/// How often the rate is taken.
const WINDOW: Duration = Duration::from_secs(1);

/// How a projection that is run here is doing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// The name of the projection.
    pub name: Cow<'static, str>,
    /// Its version.
    pub version: u32,
    /// Every event up to here was taken.
    pub position: Position,
    /// The position of the last event in the store, as far as it is known here.
    pub head: Position,
    /// Events per second, taken over the last second or more; while it is rebuilt, by the rebuild.
    pub rate: f64,
    /// What became of it, with the last error.
    pub state: RunState,
    /// How many keys are parked, so that their events wait.
    pub parked: u64,
    /// How far a rebuild is, while there is one.
    pub rebuilding: Option<Position>,
    /// How long it has stood at its position although the head is ahead, if that is too long: five
    /// seconds or more.
    pub stalled_for: Option<Duration>,
    /// How long the longest call of a handler kept the thread that stores events, if that was more
    /// than 50 ms: so long each append of that time had to wait.
    pub longest_call: Option<Duration>,
    /// How often another runner has taken it over at its position although the head is ahead.
    pub takeovers: u32,
}

impl Status {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            name: model.name.clone(),
            version: model.version,
            position: Position::START,
            head: Position::START,
            rate: 0.0,
            state: RunState::Idle,
            parked: 0,
            rebuilding: None,
            stalled_for: None,
            longest_call: None,
            takeovers: 0,
        }
    }

    /// Whether somebody has to look after it.
    #[must_use]
    pub fn health(&self) -> Health {
        let (name, version) = (&self.name, self.version);
        let it = match version {
            0 => format!("the reactor `{name}`"),
            _ => format!("`{name}` version {version}"),
        };
        let failing = |what: String| Health::Failing(format!("{it} {what}"));
        let degraded = |what: String| Health::Degraded(format!("{it} {what}"));
        let (position, head) = (self.position, self.head);
        match (&self.state, self.stalled_for) {
            (RunState::Stopped(reason), _) => failing(format!("has stopped: {reason}")),
            (RunState::Retrying(reason), _) => failing(format!("tries again: {reason}")),
            (RunState::Standby, Some(stalled)) => degraded(format!(
                "has stood at position {position} of {head} for {} s in another runner; is that one well?",
                stalled.as_secs()
            )),
            (_, Some(stalled)) => failing(format!(
                "has stood at position {position} of {head} for {} s; does a call in it hang?",
                stalled.as_secs()
            )),
            _ if self.takeovers >= TAKEOVERS && position.offset() < head.offset() => {
                degraded(format!(
                    "was taken over {} times at position {position} of {head}; does an event end its process?",
                    self.takeovers
                ))
            }
            _ if self.parked > 0 => degraded(format!(
                "has parked {} key(s), behind which events wait",
                self.parked
            )),
            _ => Health::Healthy,
        }
    }

    /// By how many positions it is behind the head. Not each of them need be an event.
    #[must_use]
    pub fn lag(&self) -> u64 {
        let (head, position) = (self.head.offset().get(), self.position.offset().get());
        head.saturating_sub(position)
    }
}

/// Events over time.
pub(super) struct Rate {
    since: Instant,
    events: usize,
    last: f64,
}

impl Rate {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            events: 0,
            last: 0.0,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
    pub(super) fn count(&mut self, step: &Step, now: Instant) -> f64 {
        self.events += step.events;
        let elapsed = now.saturating_duration_since(self.since);
        if elapsed >= WINDOW {
            self.last = self.events as f64 / elapsed.as_secs_f64();
            self.events = 0;
            self.since = now;
        }
        self.last
    }
}
