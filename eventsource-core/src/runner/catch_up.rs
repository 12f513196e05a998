//! To the head, and no further.

use tokio::runtime::Handle;

use super::candidate::Candidate;
use super::{Cursor, Pipeline, ProjectionError, Setting};
use crate::{Place, RunState};

/// Takes everything up to the head.
pub(super) async fn catch_up(
    pipeline: &Pipeline,
    setting: &Setting,
) -> Result<(), ProjectionError> {
    let now = setting.bus.store().head().await?;
    let candidate = Candidate::new(&*pipeline.work(), now, setting);
    let progress = candidate.take().await?;
    let epoch = progress.checkpoint.epoch;
    let held = Held {
        candidate,
        epoch: Some(epoch),
    };
    let to_head = async {
        let mut cursor = Cursor::open(pipeline, Place::Main, setting, progress).await?;
        while !cursor.step().await?.at_head {}
        cursor.flush().await
    };
    let caught_up = held.candidate.during(epoch, to_head).await;
    held.release().await;
    caught_up
}

/// A lease that is given up in any case, also where nobody waits for the end.
struct Held {
    candidate: Candidate,
    epoch: Option<u64>,
}

impl Held {
    async fn release(mut self) {
        if let Some(epoch) = self.epoch {
            let released = self.candidate.clone().release(epoch, RunState::Idle);
            released.await;
        }
        self.epoch = None;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let (Some(epoch), Ok(runtime)) = (self.epoch, Handle::try_current()) {
            self.candidate.release_behind(&runtime, epoch);
        }
    }
}
