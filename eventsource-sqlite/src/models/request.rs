//! What the thread that writes is asked for.

use eventsource_core::uuid::Uuid;
use eventsource_core::{Checkpoint, Model, Place, Progress, ReadModelError, RunState};

use super::job::Job;
use super::write::Change;

/// A change of a model.
#[derive(Debug)]
pub(crate) enum Step {
    Claim(Model, Place, Uuid),
    Write(Change),
    Switch(Model, Checkpoint),
    Report(Model, Place, u64, RunState),
    RemoveOlder(Model),
    RemoveInline(String),
}

pub(crate) type Answer = Result<Told, ReadModelError>;

/// What became of a step.
#[derive(Debug)]
pub(crate) enum Told {
    Claimed(Progress),
    Written(Checkpoint),
    Switched(Option<Checkpoint>),
    Reported,
    Removed(Vec<u32>),
}

impl Step {
    /// How many rows and bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let Self::Write(change) = self else {
            return (1, 0);
        };
        let rows = change.rows.iter().filter_map(|row| row.row.as_ref());
        let bytes = rows.map(String::len).sum();
        let events = change.job.as_ref().map_or(0, Job::events);
        (1 + change.rows.len() + events, bytes)
    }

    /// Whether it may be refused after a part of it was written. Rows are not: they are refused
    /// by a look at their checkpoint, or not at all.
    pub(super) fn may_be_undone(&self) -> bool {
        match self {
            Self::Write(change) => change.job.is_some(),
            Self::Report(..) => false,
            _ => true,
        }
    }

    /// Whether it changes tables, and not only rows.
    pub(crate) fn is_rare(&self) -> bool {
        !matches!(self, Self::Write(_) | Self::Report(..))
    }
}
