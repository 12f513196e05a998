//! How far a model is.

use super::lease::Lease;
use crate::store::{Horizon, LogId};

/// Up to where a model has worked, and whose turn it was.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Every event up to here is in the rows.
    pub at: Horizon,
    /// The number of the claim under which it was written.
    pub epoch: u64,
}

impl Checkpoint {
    /// The checkpoint at this horizon under this epoch.
    #[must_use]
    pub const fn new(at: Horizon, epoch: u64) -> Self {
        Self { at, epoch }
    }
}

/// How far a model is, and what became of the writing.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The log that the events come from.
    pub source: LogId,
    /// How far it is.
    pub checkpoint: Checkpoint,
    /// Whether it has been at the head once, so that it may be read.
    pub serving: bool,
    /// How many keys are parked.
    pub parked: u64,
    /// The state of the writer.
    pub state: RunState,
    /// The lease of the writer; `None` if there is none.
    pub lease: Option<Lease>,
}

impl Progress {
    /// The progress of a model that was just made.
    #[must_use]
    pub fn new(source: LogId) -> Self {
        Self {
            source,
            checkpoint: Checkpoint::default(),
            serving: false,
            parked: 0,
            state: RunState::Idle,
            lease: None,
        }
    }

    /// Records that the writer is alive.
    pub(crate) fn heartbeat(&mut self) {
        if let Some(lease) = &mut self.lease {
            lease.heartbeat += 1;
        }
    }
}

/// The state of a model's writer.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunState {
    /// Nobody writes it.
    #[default]
    Idle,
    /// It follows the events, or did so until its process ended without a word.
    Running,
    /// It failed in a way that may pass, and tries again.
    Retrying(String),
    /// It failed, and stays so until the cause is repaired.
    Stopped(String),
    /// Another runner follows, and this one waits its turn: only ever said of a
    /// [runner](crate::Status), not of a model.
    Standby,
}
