//! What the thread that writes is asked for.

use eventsource_core::read_model::{Checkpoint, Claim, ClaimOutcome, ModelId, RunState, Writer};
use eventsource_core::{Horizon, Key, ReadModelError};

use super::handlers::Job;
use super::write::Change;

/// A change of a model.
#[derive(Debug)]
pub(crate) enum Step {
    Claim(Claim),
    Beat(Writer),
    Release(Writer, RunState),
    Write(Change),
    BeginBatch(Writer, Horizon),
    Switch(ModelId, Checkpoint, Option<Horizon>),
    Report(Writer, RunState),
    RemoveOlder(ModelId),
    Unpark(ModelId, Option<Key>),
    RemoveInline(String),
}

/// How far a handler came in the time that a transaction has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handled {
    pub(crate) events: usize,
    pub(crate) checkpoint: Checkpoint,
}

pub(crate) type Answer = Result<StepResult, ReadModelError>;

/// What became of a step.
#[derive(Debug)]
pub(crate) enum StepResult {
    ClaimOutcome(Box<ClaimOutcome>),
    Written(Checkpoint),
    /// How often the batch was begun.
    Begun(u32),
    /// Of a write that needs further transactions: it is told to nobody.
    Handled(Handled),
    Switched(Option<Checkpoint>),
    /// Of a beat, a release or a report.
    Noted,
    Removed(Vec<u32>),
    Unparked(u64),
}

impl Step {
    /// How many rows and bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let Self::Write(change) = self else {
            return (1, 0);
        };
        let rows = change.rows.iter().filter_map(|row| row.row.as_ref());
        let bytes = rows.map(|row| row.len()).sum();
        let events = change.job.as_ref().map_or(0, Job::events);
        (1 + change.rows.len() + change.parking.len() + events, bytes)
    }

    /// Whether a transaction was too short for it, and another one has to go on with it.
    pub(crate) fn has_begun(&self) -> bool {
        self.job().is_some_and(Job::has_begun)
    }

    /// Goes on after what a handler did in a transaction that is committed.
    pub(crate) fn go_on_after(&self, handled: Handled) {
        if let (Self::Write(change), Some(job)) = (self, self.job()) {
            change.from.set(handled.checkpoint);
            job.go_on_after(handled.events);
        }
    }

    fn job(&self) -> Option<&Job> {
        match self {
            Self::Write(change) => change.job.as_ref(),
            _ => None,
        }
    }

    /// Whether it may be refused after a part of it was written. Rows are not: they are refused
    /// by a look at their checkpoint and at what is parked, or not at all.
    pub(crate) fn may_be_undone(&self) -> bool {
        match self {
            Self::Write(change) => change.job.is_some() || !change.parking.is_empty(),
            Self::Beat(..)
            | Self::BeginBatch(..)
            | Self::Release(..)
            | Self::Report(..)
            | Self::Unpark(..) => false,
            Self::Claim(_) | Self::Switch(..) | Self::RemoveOlder(_) | Self::RemoveInline(_) => {
                true
            }
        }
    }

    /// Whether it changes tables, or who writes, and not only rows.
    pub(crate) fn is_rare(&self) -> bool {
        matches!(
            self,
            Self::Claim(_) | Self::Switch(..) | Self::RemoveOlder(_) | Self::RemoveInline(_)
        )
    }

    /// Whether somebody may wait for it.
    pub(crate) fn is_awaited(&self) -> bool {
        !matches!(self, Self::Beat(..) | Self::BeginBatch(..))
    }
}
