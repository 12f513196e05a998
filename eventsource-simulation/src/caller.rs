//! The way of a call to the store and back.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::store::{Commit, Conflict, Expect, Page, StoreError, StoreErrorKind};
use eventsource_core::{AppendError, ReadError};
use tokio::task::yield_now;
use tokio::time::sleep;
use uuid::Uuid;

use crate::fault::FaultKind;
use crate::flaw::Flaw;
use crate::process_id::ProcessId;
use crate::world::World;

/// A process that calls the store.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) world: Arc<World>,
    pub(crate) process: ProcessId,
}

/// The fault that strikes a commit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Stored,
    /// Nothing is stored, and the answer says so.
    Failed(StoreErrorKind),
    /// The answer does not say whether it is stored.
    LostBefore,
    LostAfter,
    /// The store has the flaw to see a conflict.
    Refused,
}

impl Caller {
    /// The way to the store. `detail` tells two calls of one name apart.
    ///
    /// # Errors
    ///
    /// The store cannot be reached: nothing was done.
    pub(crate) async fn arrive(&self, call: &'static str, detail: u64) -> Result<(), StoreError> {
        self.travel(call).await;
        self.note(call, detail);
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

    /// Notes a call, by which two runs of one seed are compared.
    pub(crate) fn note(&self, call: &'static str, detail: u64) {
        let elapsed = self.world.elapsed();
        self.world
            .observer
            .call(elapsed, self.process, call, detail);
    }

    /// The fault that strikes a commit.
    pub(crate) fn outcome(&self, commit: &Commit) -> Outcome {
        let Self { world, process } = self;
        if !commit.expectations.is_empty() && world.is_flawed(Flaw::WrongConflict, *process, 10) {
            return Outcome::Refused;
        }
        let has_guard = commit.expectations.iter().any(is_guard);
        if has_guard && world.is_flawed(Flaw::WrongGuard, *process, 3) {
            return Outcome::Refused;
        }
        if world.is_struck(FaultKind::Full, *process, 1) {
            return Outcome::Failed(StoreErrorKind::Full);
        }
        if world.is_struck(FaultKind::Error, *process, 3) {
            return Outcome::Failed(StoreErrorKind::Unavailable);
        }
        if world.is_struck(FaultKind::LostAnswer, *process, 3) {
            let is_stored = world.draw(*process, "lost").is_one_in(2);
            return if is_stored {
                Outcome::LostAfter
            } else {
                Outcome::LostBefore
            };
        }
        Outcome::Stored
    }

    /// Draws the delay before a group of commits is written, and the duration of its sync.
    pub(crate) fn delays(&self) -> (Duration, Duration) {
        let Self { world, process } = self;
        let draw = world.draw(*process, "write");
        let slow = |kind| world.windows.strength(kind, process.index).unwrap_or(0);
        let slow = |kind| u64::try_from(slow(kind)).unwrap_or(0);
        (
            Duration::from_millis(slow(FaultKind::SlowCommit) + draw.below(2)),
            Duration::from_millis(slow(FaultKind::SlowSync) + draw.with(1).within(1..4)),
        )
    }

    /// The way to the store and back, with what the store answers. A call that does not arrive is not made.
    pub(crate) async fn ask<T, E, A>(
        &self,
        (call, answer): (&'static str, &'static str),
        detail: u64,
        ask: impl FnOnce() -> A,
    ) -> Result<T, E>
    where
        E: From<ReadError>,
        A: Future<Output = Result<T, E>>,
    {
        let arrived = self.arrive(call, detail).await;
        arrived.map_err(ReadError::from)?;
        let answered = ask().await;
        self.travel(answer).await;
        answered
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

    /// Never completes in a process that was killed: it sends no request and gets no answer.
    pub(crate) async fn live(&self) {
        if self.is_killed() {
            pending::<()>().await;
        }
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.world.scheduler.is_killed(self.process)
    }
}

/// The time that a process waits for an answer if the answer or the request was lost.
const LOST: Duration = Duration::from_secs(3);
const MILLI: Duration = Duration::from_millis(1);

/// The id of what is called for, as a trace has it.
pub(crate) fn detail(id: Uuid) -> u64 {
    let (high, low) = id.as_u64_pair();
    high ^ low
}

pub(crate) fn is_guard(expect: &Expect) -> bool {
    matches!(expect, Expect::NoneMatch { .. })
}

pub(crate) fn unknown(commit_id: Uuid) -> AppendError {
    AppendError::OutcomeUnknown {
        commit_id,
        source: unavailable(),
    }
}

/// A conflict that was none.
pub(crate) fn refused(commit: &Commit) -> AppendError {
    Conflict::new(commit.expectations[0].clone(), None, Page::default()).into()
}

pub(crate) fn full() -> StoreError {
    StoreError::new(
        StoreErrorKind::Full,
        "the simulated disk is full; make room",
    )
}

pub(crate) fn unavailable() -> StoreError {
    let message = "the simulated store cannot be reached; try again";
    StoreError::new(StoreErrorKind::Unavailable, message)
}
