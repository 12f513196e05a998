//! Seeing that a projection does not go on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::ProjectionTask;
use super::pulse::Pulse;
use crate::read_model::RunState;
use crate::values::environment::sleep;
use crate::values::{Environment, Position};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);
/// After so many looks at the same position with something ahead, it has stalled.
const LOOKS: u32 = 10;

/// Looks after these projections until it is aborted, and tells once when one stalls, and once when
/// it goes on. That it looks is the sign that something polls the runner.
pub(super) async fn watch(
    all: Vec<Arc<ProjectionTask>>,
    head: watch::Receiver<Position>,
    environment: Arc<dyn Environment>,
    pulse: Pulse,
) {
    let mut watched: Vec<Watched> = all.into_iter().map(Watched::new).collect();
    loop {
        pulse.note();
        sleep(&*environment, LOOK).await;
        let head = *head.borrow();
        for one in &mut watched {
            one.look(head);
        }
    }
}

/// A projection, and how long it has stood. Looks are counted, and not the time: while the process
/// was stopped, nothing went on in it.
struct Watched {
    projection: Arc<ProjectionTask>,
    position: Position,
    /// `None` if nothing is ahead.
    looks: Option<u32>,
}

impl Watched {
    fn new(projection: Arc<ProjectionTask>) -> Self {
        let position = projection.status().position;
        Self {
            projection,
            position,
            looks: None,
        }
    }

    fn look(&mut self, head: Position) {
        let status = self.projection.status();
        let has_moved = status.position != self.position;
        if status.state == RunState::Standby {
            // Who stands by sees by himself how the other one is doing.
            self.looks = None;
            return;
        }
        let has_to = matches!(status.state, RunState::Idle | RunState::Running);
        let is_behind = status.position.offset() < head.offset();
        let stands = has_to && !has_moved && is_behind;
        self.position = status.position;
        self.looks = match self.looks {
            Some(looks) if stands => Some(looks + 1),
            _ => is_behind.then_some(0),
        };
        let (projection, position) = (self.projection.model(), status.position);
        if self.looks == Some(LOOKS) {
            tracing::warn!(%projection, %position, %head, "a projection has stalled");
        }
        if status.stalled_for.is_some() && has_moved {
            tracing::info!(%projection, %position, %head, "a projection goes on");
        }
        let stalled = self.looks.filter(|looks| *looks >= LOOKS);
        let stalled_for = stalled.map(|looks| LOOK * looks);
        if status.stalled_for != stalled_for {
            self.projection.stalled_for(stalled_for);
        }
    }
}
