//! Receipts of commits.

use uuid::Uuid;

use super::horizon::Horizon;
use super::revision::Revision;
use crate::values::{Position, StreamId, Timestamp};

/// The receipt of a stored commit.
///
/// [Example](crate::store#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The id of the commit.
    pub commit_id: Uuid,
    /// The revisions after the commit of the streams that it wrote, in the order of their first events.
    pub revisions: Vec<(StreamId, Revision)>,
    /// The number of events; 0 for a decision without events.
    pub events: u32,
    /// The position of its first event.
    pub first: Position,
    /// The position of its last event.
    pub last: Position,
    /// The time at which the store recorded the commit.
    pub recorded_at: Timestamp,
    /// Whether the commit had been stored before, so that nothing was stored this time.
    pub repeated: bool,
}

impl Receipt {
    /// The answer to a commit that was just stored.
    #[must_use]
    pub fn new(
        commit_id: Uuid,
        revisions: Vec<(StreamId, Revision)>,
        (first, last): (Position, Position),
        events: u32,
        recorded_at: Timestamp,
    ) -> Self {
        Self {
            commit_id,
            revisions,
            events,
            first,
            last,
            recorded_at,
            repeated: false,
        }
    }

    /// The answer to the same commit when it comes again.
    #[must_use]
    pub fn into_repeated(mut self) -> Self {
        self.repeated = true;
        self
    }

    /// The end of the log after the commit, to read from or to wait for.
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        if self.events == 0 {
            return Horizon::unchecked(self.last);
        }
        Horizon::new(self.last, self.commit_id)
    }

    /// The revision of the stream of the first event after the commit. For a decision on one aggregate, it is
    /// the aggregate's revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revisions
            .first()
            .map_or(Revision::NONE, |(_, revision)| *revision)
    }

    /// The revision of `stream` after the commit, if the commit wrote it.
    #[must_use]
    pub fn revision_of(&self, stream: &StreamId) -> Option<Revision> {
        self.revisions
            .iter()
            .find(|(written, _)| written == stream)
            .map(|(_, revision)| *revision)
    }
}
