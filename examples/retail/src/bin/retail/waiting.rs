//! What a run of the read models waits for.

use std::time::Duration;

use eventsource_core::Position;
use eventsource_core::read_model::RunState;

use crate::models::TICK;

/// So long it is not said that the lease of another runner is waited for.
const SHORT: Duration = Duration::from_secs(1);
/// So long a projection may try again after an error that may pass, without getting any further.
const PATIENCE: Duration = Duration::from_secs(30);

/// For how many ticks a run has waited, and for what.
#[derive(Default)]
pub(crate) struct Waiting {
    standing_by: u32,
    trying_again: u32,
    /// The last error that was shown.
    error: Option<String>,
    /// How far all of them were, taken together.
    at: u64,
}

impl Waiting {
    /// Looks at each projection, and returns what is to be shown.
    ///
    /// # Errors
    ///
    /// Why the run ends: a projection has stopped, or tries again for too long.
    pub(crate) fn look<'a>(
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

    /// Between two tries the projection runs: only one that gets further is past its error.
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

    fn look(waiting: &mut Waiting, state: &RunState, at: u64) -> Result<Option<String>, String> {
        waiting.look([("sales", state, Position::new(at))].into_iter())
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
            match look(&mut waiting, state, 7) {
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
            look(&mut waiting, state, at).unwrap();
        }
    }

    #[test]
    fn the_lease_of_another_is_waited_for_and_said_once() {
        let mut waiting = Waiting::default();
        let said = (0..1_000).filter_map(|_| look(&mut waiting, &RunState::Standby, 7).unwrap());
        assert_eq!(said.count(), 1);
    }
}
