//! The way of a call to the store and back.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{StoreError, StoreErrorKind};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::fault::FaultKind;
use crate::process_id::ProcessId;
use crate::world::World;

/// A process that calls the store.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) world: Arc<World>,
    pub(crate) process: ProcessId,
}

impl Caller {
    /// The way to the store. `detail` tells two calls of one name apart.
    ///
    /// # Errors
    ///
    /// The store cannot be reached: nothing was done.
    pub(crate) async fn arrive(&self, call: &'static str, detail: u64) -> Result<(), StoreError> {
        self.travel(call).await;
        self.world
            .observer
            .call(self.world.elapsed(), self.process, call, detail);
        if self.is_struck(FaultKind::LostRequest, 4) {
            sleep(LOST).await;
            return Err(unavailable());
        }
        let is_unreachable = self.world.backend.is_unreachable(self.process);
        if is_unreachable || self.is_struck(FaultKind::Error, 3) {
            return Err(unavailable());
        }
        Ok(())
    }

    /// The way back from a change, which was made.
    ///
    /// # Errors
    ///
    /// The answer was lost.
    pub(crate) async fn come_back(&self, call: &'static str) -> Result<(), StoreError> {
        let is_remote = self.world.backend.is_remote();
        if is_remote && self.is_struck(FaultKind::LostAnswer, 3) {
            sleep(LOST).await;
            return Err(unavailable());
        }
        self.travel(call).await;
        Ok(())
    }

    /// The way back.
    pub(crate) async fn travel(&self, call: &'static str) {
        self.pass(call).await;
        self.live().await;
    }

    /// The way of a message, which goes on if its sender is killed.
    pub(crate) async fn pass(&self, call: &'static str) {
        let windows = &self.world.windows;
        if windows.is_open(FaultKind::Clog, self.process.index) {
            self.world.observer.count(FaultKind::Clog.name());
            windows.closed(FaultKind::Clog, self.process.index).await;
        }
        let draw = self.world.draw(self.process, call);
        match draw.below(64) {
            0..34 => {}
            34..62 => yield_now().await,
            62 => sleep(draw.with(1).duration(MILLI..5 * MILLI)).await,
            _ => sleep(draw.with(1).duration(MILLI..40 * MILLI)).await,
        }
    }

    /// Whether a call is struck by a fault that is open: one in so many.
    pub(crate) fn is_struck(&self, kind: FaultKind, one_in: u64) -> bool {
        self.world.is_struck(kind, self.process, one_in)
    }

    /// Waits for ever in a process that was killed: it neither asks for anything nor gets an answer.
    pub(crate) async fn live(&self) {
        if self.is_killed() {
            pending::<()>().await;
        }
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.world.scheduler.is_killed(self.process)
    }
}

/// How long a process waits for an answer that was lost, or whose request was.
const LOST: Duration = Duration::from_secs(3);
const MILLI: Duration = Duration::from_millis(1);

pub(crate) fn unavailable() -> StoreError {
    let message = "the simulated store cannot be reached; try again";
    StoreError::new(StoreErrorKind::Unavailable, message)
}
