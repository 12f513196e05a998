//! The outcome of committing a decision.

use uuid::Uuid;

use crate::store::{AppendError, Conflict, Receipt, Revision};
use crate::values::StreamId;

/// The outcome of committing a decision.
pub(super) enum CommitOutcome {
    /// The commit is durable.
    Stored(Receipt),
    /// The decision has no events. It was made at these revisions, which are durable.
    Unchanged(Vec<(StreamId, Revision)>),
    /// The decision has no events, and the state that it was made on is not the current one.
    Stale,
    /// The store did not take the commit.
    Failed(AppendError),
}

/// A commit that was not stored, and whose decision is made again.
pub(super) struct FailedCommit {
    pub(super) commit_id: Uuid,
    /// The conflict; `None` if the store was busy.
    pub(super) conflict: Option<Box<Conflict>>,
}
