//! The dates of the simulated processes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventsource_core::Timestamp;

/// The dates that the processes see: they follow the clock of the run from a first date on, scaled by
/// the calendar, and are wrong where a fault has set one. Durations are not measured by it.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Timestamp,
    /// The number of microseconds of the date for each one of the run.
    scale: i64,
    steps: Mutex<Steps>,
}

#[derive(Debug, Default)]
struct Steps {
    /// The open clock steps of each process, in microseconds. The last one is the error of its clock.
    open: HashMap<u16, Vec<i64>>,
    /// The clock steps that were put right, each with the time of that.
    past: Vec<(i64, Duration)>,
}

impl Clock {
    pub(crate) fn new(start: Timestamp, scale: i64) -> Self {
        Self {
            start,
            scale,
            steps: Mutex::default(),
        }
    }

    /// The right date after so much of the run.
    pub(crate) fn right(&self, elapsed: Duration) -> Timestamp {
        let elapsed = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
        let passed = elapsed.saturating_mul(self.scale);
        Timestamp::from_micros(self.start.as_micros().saturating_add(passed))
    }

    /// The date that a process sees.
    pub(crate) fn of(&self, process: u16, elapsed: Duration) -> Timestamp {
        let steps = self.steps();
        let step = steps.open.get(&process).and_then(|it| it.last());
        let step = step.copied().unwrap_or_default();
        let right = self.right(elapsed).as_micros();
        Timestamp::from_micros(right.saturating_add(step))
    }

    /// Makes the date of a process wrong by microseconds, until it is [put right](Self::put_right).
    pub(crate) fn step(&self, process: u16, by: i64) {
        self.steps().open.entry(process).or_default().push(by);
    }

    /// Ends what [`step`](Self::step) began.
    pub(crate) fn put_right(&self, process: u16, by: i64, elapsed: Duration) {
        let mut steps = self.steps();
        let of_process = steps.open.entry(process).or_default();
        if let Some(index) = of_process.iter().position(|it| *it == by) {
            of_process.remove(index);
            steps.past.push((by, elapsed));
        }
    }

    /// Whether a time is no more than a minute of the run from the right date, or from one that a process
    /// has seen since then.
    pub(crate) fn is_near(&self, time: Timestamp, since: Duration, elapsed: Duration) -> bool {
        let off = time.as_micros() - self.right(elapsed).as_micros();
        let tolerance = 60_000_000_i64.saturating_mul(self.scale).unsigned_abs();
        let steps = self.steps();
        let open = steps.open.values().filter_map(|steps| steps.last());
        let past = steps.past.iter().filter(|(_, until)| *until >= since);
        let mut seen = open.chain(past.map(|(by, _)| by));
        off.unsigned_abs() <= tolerance || seen.any(|step| off.abs_diff(*step) <= tolerance)
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
