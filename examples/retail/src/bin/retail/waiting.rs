//! The time that a run of the read models waits.

use std::time::Duration;

use eventsource_core::Position;
use eventsource_core::read_model::RunState;

use crate::models::TICK;

/// The time before a wait for the lease of another runner is reported.
const SHORT: Duration = Duration::from_secs(1);
/// The time that a projection may retry after a transient error without progress.
const PATIENCE: Duration = Duration::from_secs(30);

/// The number of ticks that a run has waited, and the reason.
#[derive(Default)]
pub(crate) struct Waiting {
    standing_by: u32,
    trying_again: u32,
    /// The last error that was shown.
    error: Option<String>,
    /// The sum of their positions.
    at: u64,
}

impl Waiting {
    /// Checks each projection, and returns the message to show.
    ///
    /// # Errors
    ///
    /// The reason why the run ends: a projection has stopped, or retries for too long.
    pub(crate) fn check<'a>(
        &mut self,
        all: impl Iterator<Item = (&'a str, &'a RunState, Position)> + Clone,
    ) -> Result<Option<String>, String> {
        let mut error = None;
        for (name, state, _) in all.clone() {
            match state {
                RunState::Stopped(reason) => return Err(format!("`{name}`: {reason}")),
                RunState::Retrying(reason) => error = Some(format!("`{name}`: {reason}")),
                _ => (),
            }
        }
        let stands_by = all.clone().any(|(_, state, _)| *state == RunState::Standby);
        let at = all.map(|(_, _, position)| position.offset().get()).sum();
        let notice = self.note(at, error)?;
        Ok(notice.or_else(|| self.stand_by(stands_by)))
    }

    /// Between two retries the projection runs: only progress shows that the error has passed.
    fn note(&mut self, at: u64, error: Option<String>) -> Result<Option<String>, String> {
        if at > self.at {
            (self.at, self.trying_again, self.error) = (at, 0, None);
        }
        let is_new = error.is_some() && error != self.error;
        self.error = error.or(self.error.take());
        let Some(error) = &self.error else {
            return Ok(None);
        };
        self.trying_again += 1;
        if TICK * self.trying_again >= PATIENCE {
            return Err(error.clone());
        }
        Ok(is_new.then(|| format!("trying again after an error: {error}")))
    }

    fn stand_by(&mut self, stands_by: bool) -> Option<String> {
        self.standing_by = if stands_by { self.standing_by + 1 } else { 0 };
        let notice = "another run may be alive: waiting until it ends, or is known to be gone";
        (TICK * self.standing_by == SHORT).then(|| notice.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(waiting: &mut Waiting, state: &RunState, at: u64) -> Result<Option<String>, String> {
        waiting.check([("sales", state, Position::new(at))].into_iter())
    }

    #[test]
    fn an_error_that_does_not_pass_is_shown_once_and_ends_the_run() {
        let (mut waiting, mut shown) = (Waiting::default(), Vec::new());
        let retrying = RunState::Retrying("the disk is full".to_owned());
        let ended = (0..1_000).find_map(|tick| {
            // Now and then it tries, and in between it looks as if it ran.
            let state = if tick % 50 == 0 {
                &retrying
            } else {
                &RunState::Running
            };
            match check(&mut waiting, state, 7) {
                Ok(notice) => {
                    shown.extend(notice);
                    None
                }
                Err(reason) => Some((tick, reason)),
            }
        });
        assert_eq!(
            shown,
            ["trying again after an error: `sales`: the disk is full"]
        );
        assert_eq!(ended, Some((299, "`sales`: the disk is full".to_owned())));
    }

    #[test]
    fn an_error_that_passes_ends_nothing() {
        let mut waiting = Waiting::default();
        let retrying = RunState::Retrying("it is busy".to_owned());
        for at in 0..1_000 {
            let state = if at % 50 == 0 {
                &retrying
            } else {
                &RunState::Running
            };
            check(&mut waiting, state, at).unwrap();
        }
    }

    #[test]
    fn the_lease_of_another_is_waited_for_and_said_once() {
        let mut waiting = Waiting::default();
        let said = (0..1_000).filter_map(|_| check(&mut waiting, &RunState::Standby, 7).unwrap());
        assert_eq!(said.count(), 1);
    }
}
