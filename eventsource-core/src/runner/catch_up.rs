//! To the head, and no further.

use super::lease::Candidate;
use super::{Cursor, Pipeline, ProjectionError, Setting};
use crate::read_model::{Place, RunState};
use crate::store::ErrorClass;
use crate::values::error_text::with_causes;

/// Takes everything up to the head.
pub(super) async fn catch_up(
    pipeline: &Pipeline,
    setting: &Setting,
) -> Result<(), ProjectionError> {
    let now = setting.bus.log().head().await?;
    let candidate = Candidate::new(&*pipeline.work(), now, setting);
    let mut tenure = candidate.take().await?;
    let progress = tenure.progress().clone();
    let to_head = async {
        let mut cursor = Cursor::open(pipeline, Place::Main, setting, progress).await?;
        loop {
            while !cursor.step().await?.at_head || !cursor.parked().have_failed() {}
            // If not, it has begun again.
            if cursor.flush().await? {
                return Ok(());
            }
        }
    };
    let caught_up = tenure.during(to_head).await;
    let state = match &caught_up {
        Err(error) if error.class() != ErrorClass::Transient => {
            RunState::Stopped(with_causes(error))
        }
        _ => RunState::Idle,
    };
    tenure.end(state).await;
    caught_up
}
