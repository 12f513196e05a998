//! A lease that was taken.

use super::ProjectionError;
use super::heartbeat::Heartbeat;
use super::lease::LeaseHolder;
use crate::read_model::{Progress, RunState};
use crate::values::{Lane, environment};

/// A lease that is renewed, and given up in any case, also where nobody waits for the end.
pub(super) struct LeaseGuard {
    progress: Progress,
    heartbeat: Heartbeat,
    guard: Guard,
}

impl LeaseGuard {
    pub(super) fn new(holder: LeaseHolder, progress: Progress) -> Self {
        let epoch = progress.checkpoint.epoch;
        Self {
            heartbeat: Heartbeat::start(&holder, epoch),
            guard: Guard {
                holder,
                epoch,
                is_held: true,
            },
            progress,
        }
    }

    /// How far the model was when it was taken.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn epoch(&self) -> u64 {
        self.guard.epoch
    }

    /// Works as long as the lease is there.
    pub(super) async fn during<T>(
        &mut self,
        work: impl Future<Output = Result<T, ProjectionError>>,
    ) -> Result<T, ProjectionError> {
        self.heartbeat.during(work).await
    }

    /// Leaves it to the caller to renew the lease, and to give it up.
    pub(super) fn hand_over(mut self) -> (Progress, Heartbeat) {
        self.guard.is_held = false;
        (self.progress, self.heartbeat)
    }

    pub(super) async fn end(mut self, state: RunState) {
        drop(self.heartbeat);
        let Guard { holder, epoch, .. } = &self.guard;
        holder.clone().release(*epoch, state).await;
        self.guard.is_held = false;
    }
}

/// Gives the lease up when it is dropped.
struct Guard {
    holder: LeaseHolder,
    epoch: u64,
    is_held: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.is_held {
            self.holder.release_behind(self.epoch);
        }
    }
}

impl Heartbeat {
    pub(super) fn start(holder: &LeaseHolder, epoch: u64) -> Self {
        let renewing = holder.clone().heartbeat(epoch);
        let environment = holder.environment();
        Self(environment::spawn(environment, Lane::Heartbeat, renewing))
    }
}
