//! Running a projection up to the head.

use super::lease::LeaseHolder;
use super::{Cursor, Pipeline, ProjectionError, RunnerConfig};
use crate::read_model::{Generation, RunState};
use crate::store::ErrorClass;
use crate::values::error_text::with_causes;

/// Runs a projection up to the head, tries each parked key once, and releases the lease.
pub(super) async fn catch_up(
    pipeline: &Pipeline,
    config: &RunnerConfig,
) -> Result<(), ProjectionError> {
    let head = config.bus.log().head().await?;
    let holder = LeaseHolder::new(&*pipeline.processor(), head, config);
    let mut lease_guard = holder.acquire().await?;
    let progress = lease_guard.progress().clone();
    let to_head = async {
        let mut cursor = Cursor::open(pipeline, Generation::Serving, config, progress).await?;
        loop {
            while !cursor.step().await?.at_head || !cursor.parked().have_all_failed() {}
            // Otherwise the cursor has restarted at its checkpoint.
            if cursor.flush().await? {
                return Ok(());
            }
        }
    };
    let caught_up = lease_guard.run_while_held(to_head).await;
    let state = match &caught_up {
        Err(error) if error.class() != ErrorClass::Transient => {
            RunState::Stopped(with_causes(error))
        }
        _ => RunState::Idle,
    };
    lease_guard.release(state).await;
    caught_up
}
