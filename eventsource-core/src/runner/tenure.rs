//! A lease that was taken.

use tokio::runtime::Handle;

use super::candidate::Candidate;
use crate::{Progress, RunState};

/// A lease that is given up in any case, also where nobody waits for the end.
pub(super) struct Tenure {
    candidate: Candidate,
    progress: Progress,
    is_held: bool,
}

impl Tenure {
    pub(super) fn new(candidate: Candidate, progress: Progress) -> Self {
        Self {
            candidate,
            progress,
            is_held: true,
        }
    }

    /// How far the model was when it was taken.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn epoch(&self) -> u64 {
        self.progress.checkpoint.epoch
    }

    /// Leaves it to somebody else to give it up.
    pub(super) fn hand_over(mut self) -> Progress {
        self.is_held = false;
        self.progress.clone()
    }

    pub(super) async fn end(mut self, state: RunState) {
        self.candidate.clone().release(self.epoch(), state).await;
        self.is_held = false;
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        if let (true, Ok(runtime)) = (self.is_held, Handle::try_current()) {
            self.candidate.release_behind(&runtime, self.epoch());
        }
    }
}
