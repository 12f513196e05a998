//! To the head, and no further.

use super::lease::LeaseHolder;
use super::{Cursor, Pipeline, ProjectionError, RunnerConfig};
use crate::read_model::{Generation, RunState};
use crate::store::ErrorClass;
use crate::values::error_text::with_causes;

/// Takes everything up to the head.
pub(super) async fn catch_up(
    pipeline: &Pipeline,
    config: &RunnerConfig,
) -> Result<(), ProjectionError> {
    let now = config.bus.log().head().await?;
    let holder = LeaseHolder::new(&*pipeline.work(), now, config);
    let mut lease_guard = holder.take().await?;
    let progress = lease_guard.progress().clone();
    let to_head = async {
        let mut cursor = Cursor::open(pipeline, Generation::Serving, config, progress).await?;
        loop {
            while !cursor.step().await?.at_head || !cursor.parked().have_failed() {}
            // If not, it has begun again.
            if cursor.flush().await? {
                return Ok(());
            }
        }
    };
    let caught_up = lease_guard.during(to_head).await;
    let state = match &caught_up {
        Err(error) if error.class() != ErrorClass::Transient => {
            RunState::Stopped(with_causes(error))
        }
        _ => RunState::Idle,
    };
    lease_guard.end(state).await;
    caught_up
}
