//! The status of a projection.

use std::time::{Duration, Instant};

use super::Health;
use super::cursor::StepOutcome;
use crate::read_model::{Model, ModelId, RunState};
use crate::values::Position;

/// So many takeovers without progress are reported.
const TAKEOVERS: u32 = 2;
/// The time over which a rate is measured.
const WINDOW: Duration = Duration::from_secs(1);

/// The status of a projection or a reactor in this runner.
///
/// [Example](crate::runner#example).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[doc(alias = "projection lag")]
pub struct Status {
    /// The model: the name, with the version of a projection.
    pub id: ModelId,
    /// The position up to which every event was processed.
    pub position: Position,
    /// The position of the last event in the store, as far as this process knows it.
    pub head: Position,
    /// The events per second, measured over a second or more; during a rebuild, those of the rebuild.
    pub rate: f64,
    /// Whether it runs, stands by, retries or has stopped, with the last error.
    pub state: RunState,
    /// The number of parked keys, whose events wait.
    pub parked: u64,
    /// The position of a rebuild, while there is one.
    pub rebuilding: Option<Position>,
    /// The time for which it has made no progress although events wait, once that is five seconds or
    /// more.
    pub stalled_for: Option<Duration>,
    /// The duration of the longest call of a handler, once one has taken more than 50 ms. The call runs
    /// on the thread that stores events, and appends wait for it.
    pub longest_call: Option<Duration>,
    /// The number of takeovers by other runners at its position although events wait.
    pub takeovers: u32,
}

impl Status {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            id: model.id.clone(),
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

    /// The health of this projection.
    #[must_use]
    pub fn health(&self) -> Health {
        let id = &self.id;
        let failing = |what: String| Health::Failing(format!("{id} {what}"));
        let degraded = |what: String| Health::Degraded(format!("{id} {what}"));
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

    /// The number of positions between it and the head. Not each of them need be an event.
    #[must_use]
    pub fn lag(&self) -> u64 {
        let (head, position) = (self.head.offset().get(), self.position.offset().get());
        head.saturating_sub(position)
    }
}

/// The number of events per second.
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
    pub(super) fn count(&mut self, step: &StepOutcome, now: Instant) -> f64 {
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
