//! A lease that was claimed.

use super::ProjectionError;
use super::heartbeat::Heartbeat;
use super::lease::LeaseHolder;
use crate::read_model::{Progress, RunState};

/// A lease that is renewed, and released in the background when this is dropped.
pub(super) struct LeaseGuard {
    progress: Progress,
    heartbeat: Heartbeat,
    release: ReleaseOnDrop,
}

impl LeaseGuard {
    pub(super) fn new(holder: LeaseHolder, progress: Progress) -> Self {
        let epoch = progress.checkpoint.epoch;
        Self {
            heartbeat: holder.start_heartbeat(epoch),
            release: ReleaseOnDrop {
                holder,
                epoch,
                is_held: true,
            },
            progress,
        }
    }

    /// The progress of the model when the lease was claimed.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn epoch(&self) -> u64 {
        self.release.epoch
    }

    /// Runs the future until it ends or the lease is lost.
    pub(super) async fn run_while_held<T>(
        &mut self,
        future: impl Future<Output = Result<T, ProjectionError>>,
    ) -> Result<T, ProjectionError> {
        self.heartbeat.run_while_held(future).await
    }

    /// Leaves it to the caller to keep the heartbeat, and to release the lease.
    pub(super) fn into_parts(mut self) -> (Progress, Heartbeat) {
        self.release.is_held = false;
        (self.progress, self.heartbeat)
    }

    pub(super) async fn release(mut self, state: RunState) {
        drop(self.heartbeat);
        let ReleaseOnDrop { holder, epoch, .. } = &self.release;
        holder.release(*epoch, state).await;
        self.release.is_held = false;
    }
}

/// A part of its own, so that the fields of [`LeaseGuard`] can be moved out of it.
struct ReleaseOnDrop {
    holder: LeaseHolder,
    epoch: u64,
    is_held: bool,
}

impl Drop for ReleaseOnDrop {
    fn drop(&mut self) {
        if self.is_held {
            self.holder.release_in_background(self.epoch);
        }
    }
}
