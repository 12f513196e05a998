//! To the head, and no further.

use tokio::runtime::Handle;

use super::candidate::Candidate;
use super::{Cursor, Pipeline, ProjectionError, Setting};
use crate::{ErrorClass, Place, RunState};

/// Takes everything up to the head.
pub(super) async fn catch_up(
    pipeline: &Pipeline,
    setting: &Setting,
) -> Result<(), ProjectionError> {
    let now = setting.bus.store().head().await?;
    let candidate = Candidate::new(&*pipeline.work(), now, setting);
    let progress = candidate.take().await?;
    let epoch = progress.checkpoint.epoch;
    let tenure = Tenure {
        candidate,
        epoch: Some(epoch),
    };
    let to_head = async {
        let mut cursor = Cursor::open(pipeline, Place::Main, setting, progress).await?;
        while !cursor.step().await?.at_head || !cursor.parked().have_failed() {}
        cursor.flush().await
    };
    let caught_up = tenure.candidate.during(epoch, to_head).await;
    let state = match &caught_up {
        Err(error) if error.class() != ErrorClass::Transient => {
            RunState::Stopped(error.to_string())
        }
        _ => RunState::Idle,
    };
    tenure.end(state).await;
    caught_up
}

/// A lease that is given up in any case, also where nobody waits for the end.
struct Tenure {
    candidate: Candidate,
    /// `None` once it is given up.
    epoch: Option<u64>,
}

impl Tenure {
    async fn end(mut self, state: RunState) {
        if let Some(epoch) = self.epoch {
            self.candidate.clone().release(epoch, state).await;
        }
        self.epoch = None;
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        if let (Some(epoch), Ok(runtime)) = (self.epoch, Handle::try_current()) {
            self.candidate.release_behind(&runtime, epoch);
        }
    }
}
