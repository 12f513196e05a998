//! The part of a run that the store sees.

use eventsource_core::read_model::{Claim, ModelId, Writer};
use eventsource_core::store::{Commit, Page, ReadLog};
use eventsource_core::{AppendError, Horizon, Position, Receipt};
use uuid::Uuid;

use crate::process_id::ProcessId;

/// A moment of a run that checkers look at.
pub(crate) enum Observation<'a> {
    /// A process asked for a commit to be stored.
    Issued(&'a Commit),
    /// A commit was stored, even if no process gets its receipt.
    Stored(&'a Receipt),
    /// A commit of another store was stored.
    Imported(&'a Receipt),
    /// The store answered, before the process knows.
    Answered {
        commit_id: Uuid,
        answer: &'a Result<Receipt, AppendError>,
    },
    /// A page of the log was read.
    Read { read: &'a ReadLog, page: &'a Page },
    /// A claim was granted under this epoch.
    ClaimOutcome { claim: &'a Claim, epoch: u64 },
    /// A lease was given up.
    Released(&'a Writer),
    /// Rows and checkpoint were written.
    Wrote {
        writer: &'a Writer,
        /// The checkpoint before.
        from: Horizon,
        to: Horizon,
    },
    /// The rows that were built beside took the main place.
    Switched { id: &'a ModelId, epoch: u64 },
    /// A reactor did something.
    Effect(&'a Effect),
    /// The log went back, and ends here.
    EventsLost { head: Position },
    /// The log came back after a power cut or a failover, and ends here.
    Recovered { head: Position },
    /// The rows went back.
    RowsLost,
    /// A process has started its program, when the log ended here.
    Started { head: Position },
    /// A process ended without a word.
    Killed,
    /// The heartbeats of a process were held up, or go on.
    Held(bool),
    /// A text that a person may see.
    Text(&'a str),
}

/// Something that a reactor did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    /// The name by which the test knows it.
    pub(crate) name: &'static str,
    /// The id of the delivery.
    pub(crate) delivery: Uuid,
    pub(crate) attempt: u32,
    /// The event.
    pub(crate) commit: Uuid,
    pub(crate) position: Position,
}

/// When it was, and in which process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) elapsed: std::time::Duration,
    pub(crate) process: ProcessId,
}
