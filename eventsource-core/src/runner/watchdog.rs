//! Noticing that a projection has stalled.

use std::sync::Arc;
use std::time::Duration;

use super::ProjectionTask;
use super::liveness::Liveness;
use crate::read_model::RunState;
use crate::store::HeadWatch;
use crate::values::environment::sleep;
use crate::values::{Environment, Position};

const INTERVAL: Duration = Duration::from_millis(500);
/// A projection has stalled after so many checks at the same position while events wait.
const CHECKS: u32 = 10;

/// Checks these projections until it is aborted, and logs once when one stalls, and once when it goes
/// on. Each round also [records](Liveness::record) that something polls the runner.
pub(super) async fn watch(
    projections: Vec<Arc<ProjectionTask>>,
    head: HeadWatch,
    environment: Arc<dyn Environment>,
    liveness: Liveness,
) {
    let mut watched: Vec<_> = projections.into_iter().map(WatchedTask::new).collect();
    loop {
        liveness.record();
        sleep(&*environment, INTERVAL).await;
        let head = head.head();
        for task in &mut watched {
            task.check(head);
        }
    }
}

/// A projection, and how long it has been at its position. Checks are counted instead of time, since
/// the projection cannot move while the process is suspended.
struct WatchedTask {
    task: Arc<ProjectionTask>,
    position: Position,
    /// The checks at this position; `None` if no event waits.
    checks: Option<u32>,
}

impl WatchedTask {
    fn new(task: Arc<ProjectionTask>) -> Self {
        let position = task.status().position;
        Self {
            task,
            position,
            checks: None,
        }
    }

    fn check(&mut self, head: Position) {
        let status = self.task.status();
        if status.state == RunState::Standby {
            // A standby observes by itself whether the other runner has stalled.
            self.checks = None;
            return;
        }
        let has_moved = status.position != self.position;
        let has_stopped = matches!(status.state, RunState::Stopped(_));
        let is_behind = status.position.offset() < head.offset();
        self.position = status.position;
        self.checks = match self.checks {
            // The count goes on while the projection tries again and after it has claimed its lease again.
            // Otherwise one that fails every few seconds would never be reported as stalled.
            Some(checks) if is_behind && !has_moved && !has_stopped => Some(checks + 1),
            _ => is_behind.then_some(0),
        };
        let projection = self.task.model();
        let position = status.position;
        if self.checks == Some(CHECKS) {
            tracing::warn!(%projection, %position, %head, "a projection has stalled");
        }
        if status.stalled_for.is_some() && has_moved {
            tracing::info!(%projection, %position, %head, "a projection goes on");
        }
        let checks = self.checks.filter(|checks| *checks >= CHECKS);
        let stalled_for = checks.map(|checks| INTERVAL * checks);
        if status.stalled_for != stalled_for {
            self.task.set_stalled_for(stalled_for);
        }
    }
}
